"""What a format can carry comes back as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from envgit.formats import decode_any
from envgit.formats.conda import environment_yml, explicit
from envgit.formats.pip import requirements
from envgit.model import CondaPackage, Distribution, Environment, IndexFile
from tests.formats.environments import (
    HEX,
    conda_packages,
    dist,
    environment,
    environments,
    vcs,
    without_place,
)


def _portable(package: CondaPackage, first_channel: str) -> CondaPackage:
    """environment.yml tells the channel of a package only where it is not the first."""
    told = "" if package.channel == first_channel else package.channel
    return CondaPackage(name=package.name, version=package.version, channel=told)


def _nameless(distribution: Distribution) -> bool:
    """Whether the name is told by nothing but what is in the folder."""
    source = distribution.source
    return source is not None and source.repository == "."


def _told_by_line(distribution: Distribution) -> Distribution:
    """A URL tells no version (and a folder of the repository does only in its comment)."""
    return replace(distribution, version="") if distribution.source else distribution


@given(environments)
def test_environment_yml_keeps_names_versions_channels_sources_and_variables(env: Environment) -> None:
    env = replace(env, distributions=tuple(d for d in env.distributions if not _nameless(d)))
    read = environment_yml.decode(environment_yml.encode(env, name="x").encode(), where="e.yml")
    first = (read.environment.channels or ("",))[0]
    expected = {_portable(package, first) for package in env.conda}
    assert read.name == "x"
    assert read.environment.channels[: len(env.channels)] == env.channels
    assert {p for p in read.environment.conda if p.name != "pip"} == expected
    assert read.environment.distributions == tuple(map(_told_by_line, env.distributions))
    assert read.environment.variables == env.variables


@given(environments)
def test_what_was_read_is_written_alike(env: Environment) -> None:
    read = environment_yml.decode(environment_yml.encode(env, name="x").encode(), where="e.yml").environment
    again = environment_yml.decode(environment_yml.encode(read, name="x").encode(), where="e.yml").environment
    assert again == read


@given(environments, st.lists(st.none() | HEX.map(lambda sha256: IndexFile(sha256=sha256)), min_size=6))
def test_requirements_keep_names_versions_hashes_and_sources(
    env: Environment, files: list[IndexFile | None]
) -> None:
    told = zip(env.distributions, files, strict=False)
    distributions = tuple(d if d.source else replace(d, file=file) for d, file in told)
    env = replace(env, python="3.11.4", distributions=distributions)
    index = decode_any(requirements.encode(env).encode(), where="requirements.txt").environment
    local = decode_any(requirements.encode_local(env).encode(), where="requirements-local.txt").environment
    assert index.distributions == tuple(d for d in env.distributions if d.source is None)
    found = {d.name: d for d in local.distributions}
    for distribution in env.distributions:
        if distribution.source is not None:
            expected = without_place(distribution) if _nameless(distribution) else _told_by_line(distribution)
            assert found[distribution.name] == expected
    assert (index.platform, index.python) == ("linux-64", "3.11.4")


@given(
    st.lists(conda_packages, max_size=6),
    st.sampled_from(["linux-64", "osx-arm64"]),
    st.sampled_from(["a" * 64, "b" * 32, None]),
)
def test_explicit_keeps_all_that_identifies_a_conda_package(
    packages: list[CondaPackage], subdir: str, digest: str | None
) -> None:
    located = []
    for package in {p.name: p for p in packages}.values():
        fn = f"{package.name}-{package.version}-{package.build}.conda"
        located.append(
            replace(
                package,
                depends=(),
                channel="conda-forge",
                subdir=subdir,
                fn=fn,
                url=f"https://conda.anaconda.org/conda-forge/{subdir}/{fn}",
                sha256=digest if digest and len(digest) == 64 else None,
                md5=digest if digest and len(digest) == 32 else None,
            )
        )
    env = environment(*sorted(located, key=lambda p: p.name), platform=subdir)
    read = explicit.decode(explicit.encode(env).encode(), where="x.lock")
    assert read.environment.conda == env.conda
    assert read.environment.platform == subdir
    assert read.warnings == ()


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_or_version_of_a_stranger_adds_a_line(name: str, version: str) -> None:
    env = environment(dist(name or "x", version or "1"))
    assert len(requirements.encode(env).splitlines()) == 4


@given(st.sampled_from(["my lib", "a&b", "100%", "c#", "%41", "é/lib"]), st.booleans())
def test_a_folder_within_a_checkout_may_be_called_anything(inside: str, editable: bool) -> None:
    env = environment(dist("r", source=vcs(editable=editable, subdirectory=inside)))
    read = decode_any(requirements.encode_local(env).encode(), where="requirements-local.txt").environment
    assert [d.source and d.source.subdirectory for d in read.distributions] == [inside]
