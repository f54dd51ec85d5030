"""pylock.toml: read for one platform out of many, written for the one that was captured."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock
from packaging.version import Version
from uv import find_uv_bin

from envgit.errors import BadFile, EnvgitError, UnsupportedFormat
from envgit.formats import decode_any
from envgit.formats.locks import pylock
from envgit.formats.syntax.toml_text import load_toml
from envgit.model import Distribution, Environment, IndexFile, Source
from tests.builders import make_venv, make_wheel
from tests.formats.environments import (
    COMMIT,
    HEX,
    SHA256,
    dist,
    distributions,
    environment,
    folder,
    vcs,
    without_place,
)

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'lock-version = "1.0"\ncreated-by = "x"\n'


def wheel(name: str) -> str:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return f'{{ url = "https://u:p@host/{name}", hashes = {{ sha256 = "{sha256}" }} }}'


def package(name: str, *wheels: str, version: str = "1.0", more: str = "") -> str:
    listed = ", ".join(wheel(f"{name}-{version}-{tags}.whl") for tags in wheels)
    return f'[[packages]]\nname = "{name}"\nversion = "{version}"\n{more}wheels = [{listed}]\n'


def decoded(text: str, platform: str = "", environment: str = "") -> tuple[Environment, list[str]]:
    read = decode_any(text.encode(), where="pylock.toml", platform=platform, environment=environment)
    return read.environment, [f"{warned.kind}: {warned.message}" for warned in read.warnings]


def files(env: Environment) -> dict[str, str]:
    return {d.name: d.file.name if d.file else "" for d in env.distributions}


def test_the_file_of_a_package_is_known_by_name_hash_index_and_url() -> None:
    text = HEAD + package("a", "py3-none-any", more='index = "https://u:p@host/simple"\n')
    env, warnings = decoded(text)
    name = "a-1.0-py3-none-any.whl"
    assert env.distributions == (
        dist(
            "a",
            file=IndexFile(
                sha256=hashlib.sha256(name.encode()).hexdigest(),
                name=name,
                index="https://host/simple/",
                url=f"https://host/{name}",
            ),
        ),
    )
    assert (env.kind, env.platform, env.python, warnings) == ("venv", "", None, [])


WHEELS = (
    "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp311-cp311-musllinux_1_2_x86_64",
    "cp311-cp311-macosx_11_0_arm64",
    "cp311-cp311-win_amd64",
    "cp312-cp312-manylinux_2_17_x86_64",
    "cp38-abi3-manylinux_2_17_aarch64",
)


@pytest.mark.parametrize(
    ("platform", "tags"),
    [
        ("linux-64", WHEELS[0]),
        ("osx-arm64", WHEELS[2]),
        ("win-64", WHEELS[3]),
        ("linux-aarch64", WHEELS[5]),
    ],
)
def test_the_wheel_is_the_one_that_the_wanted_platform_takes(platform: str, tags: str) -> None:
    text = HEAD + 'requires-python = "==3.11.*"\n' + package("a", *WHEELS)
    env, warnings = decoded(text, platform)
    assert (files(env), env.platform, warnings) == ({"a": f"a-1.0-{tags}.whl"}, platform, [])


UNDECIDED = (
    "hashes: pylock.toml: no file is recorded of a: which of several files is taken depends on the machine"
)


@pytest.mark.parametrize(
    ("python", "platform", "wheels"),
    [
        (">=3.11", "linux-64", WHEELS),
        ("==3.11.*", "", WHEELS),
        ("==3.11.*", "linux-64", ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_28_x86_64")),
        ("==3.11.*", "osx-arm64", ("cp311-cp311-macosx_11_0_arm64", "cp311-cp311-macosx_10_9_universal2")),
    ],
)
def test_where_it_depends_on_the_machine_no_wheel_is_guessed(
    python: str, platform: str, wheels: tuple[str, ...]
) -> None:
    text = HEAD + f'requires-python = "{python}"\n' + package("a", *wheels)
    env, warnings = decoded(text, platform)
    assert (files(env), warnings) == ({"a": ""}, [UNDECIDED])


def test_a_better_abi_wins_over_a_newer_platform() -> None:
    text = HEAD + 'requires-python = "==3.11.*"\n'
    wheels = ("cp311-cp311-manylinux_2_17_x86_64", "cp38-abi3-manylinux_2_28_x86_64", "py3-none-any")
    env, warnings = decoded(text + package("a", *wheels), "linux-64")
    assert (files(env), warnings) == ({"a": f"a-1.0-{wheels[0]}.whl"}, [])


def test_without_a_fitting_wheel_the_source_distribution_counts() -> None:
    sdist = f"sdist = {wheel('a-1.0.tar.gz')}\n"
    assert files(decoded(HEAD + package("a", "cp311-cp311-win_amd64", more=sdist), "linux-64")[0]) == {
        "a": "a-1.0.tar.gz"
    }
    env, warnings = decoded(HEAD + package("a", "cp311-cp311-win_amd64"), "linux-64")
    assert (files(env), [d.version for d in env.distributions]) == ({"a": ""}, ["1.0"])
    assert warnings == [
        "platform: pylock.toml: no file is recorded of a: no file fits the machines that the lock is read for"
    ]


def test_a_file_without_sha256_is_named_in_a_warning() -> None:
    text = HEAD + package("a", "py3-none-any").replace("sha256", "sha512")
    assert decoded(text)[1] == ["hashes: pylock.toml: no file is recorded of a: no SHA-256 is told"]


@pytest.mark.parametrize(
    ("marker", "platform", "python", "counts"),
    [
        ("sys_platform == 'win32'", "linux-64", ">=3.9", False),
        ("sys_platform == 'win32'", "win-64", ">=3.9", True),
        ("python_version < '3.9'", "linux-64", ">=3.9", False),
        ("python_full_version >= '3.12.1'", "linux-64", ">=3.12.1", True),
        ("python_full_version >= '3.12.1'", "linux-64", "==3.12.*", None),
        ("python_full_version >= '3.12.1'", "linux-64", "==3.12.4", True),
        ("python_version < '3.12'", "linux-64", ">=3.9", None),
        ("sys_platform == 'linux'", "", ">=3.9", None),
        ("platform_machine == 'x86_64' and implementation_name == 'cpython'", "osx-64", ">=3.9", True),
        ("platform_release >= '20'", "linux-64", ">=3.9", None),
        ("'x' in extras", "linux-64", ">=3.9", False),
    ],
)
def test_a_marker_is_decided_where_it_can_be(
    marker: str, platform: str, python: str, counts: bool | None
) -> None:
    text = (
        HEAD + f'requires-python = "{python}"\n' + package("a", "py3-none-any", more=f'marker = "{marker}"\n')
    )
    env, warnings = decoded(text, platform)
    assert [d.name for d in env.distributions] == ([] if counts is False else ["a"])
    if counts is None:
        normal = marker.replace("'", '"')
        assert env.distributions[0].requirement == f"a==1.0 ; {normal}"
        assert warnings == [
            f"condition: pylock.toml: a counts, whether or not `{normal}` holds on this machine"
        ]
    else:
        assert warnings == []


LOCK = (
    HEAD
    + 'extras = ["fast"]\ndependency-groups = ["dev", "docs"]\ndefault-groups = ["dev"]\n'
    + package("a", "py3-none-any")
    + package("b", "py3-none-any", more="marker = \"'fast' in extras\"\n")
    + package("c", "py3-none-any", more="marker = \"'dev' in dependency_groups\"\n")
    + package("d", "py3-none-any", more="marker = \"'docs' in dependency_groups\"\n")
)


@pytest.mark.parametrize(
    ("environment", "names", "without"),
    [("", "ac", "docs, fast"), ("fast", "abc", "docs"), ("docs", "acd", "fast"), ("dev", "ac", "docs, fast")],
)
def test_an_extra_or_a_group_is_read_where_it_is_named(environment: str, names: str, without: str) -> None:
    env, warnings = decoded(LOCK, "linux-64", environment)
    assert [d.name for d in env.distributions] == list(names)
    assert warnings == [f"condition: pylock.toml: read without its extras and dependency groups {without}"]


def test_an_unknown_extra_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadFile) as refused:
        decoded(LOCK, "linux-64", "slow")
    assert refused.value.message == "pylock.toml: has no extra and no dependency group 'slow'"
    assert refused.value.hint == "It has: dev, docs, fast."


ENVIRONMENTS = "environments = [\"sys_platform == 'win32'\"{}]\n"


def test_a_lock_for_another_platform_is_read_with_a_warning_where_it_is_the_only_one() -> None:
    one = HEAD + ENVIRONMENTS.format(" , \"sys_platform == 'linux' and platform_machine == 'x86_64'\"")
    text = one.replace("[\"sys_platform == 'win32' , ", "[") + package("a", "py3-none-any")
    only = HEAD + "environments = [\"sys_platform == 'linux' and platform_machine == 'x86_64'\"]\n"
    env, warnings = decoded(only + package("a", "py3-none-any"), "osx-64")
    assert (env.platform, warnings) == ("linux-64", ["platform: pylock.toml: for linux-64, not for osx-64"])
    with pytest.raises(BadFile) as refused:
        decoded(text, "osx-64")
    assert refused.value.message == "pylock.toml: for linux-64, win-64, win-arm64, not for osx-64"


def test_sources_that_no_index_serves_are_understood() -> None:
    text = HEAD + (
        '[[packages]]\nname = "a"\n'
        '[packages.vcs]\ntype = "git"\nurl = "https://t@host/o/r.git"\n'
        f'commit-id = "{COMMIT}"\nsubdirectory = "s"\n'
        '[[packages]]\nname = "b"\ndirectory = { path = "./libs", subdirectory = "b", editable = true }\n'
        '[[packages]]\nname = "c"\n[packages.archive]\nurl = "https://h/c.zip"\n'
        f'hashes = {{ sha256 = "{SHA256}" }}\n'
        '[[packages]]\nname = "d"\ndirectory = { path = "/srv/d" }\n'
    )
    env, warnings = decoded(text)
    assert [d.source for d in env.distributions] == [
        vcs("https://host/o/r.git", subdirectory="s"),
        folder(url="./libs/b", repository=".", subdirectory="libs/b", editable=True),
        Source(kind="archive", url="https://h/c.zip", sha256=SHA256),
        Source(kind="directory", url="file:///srv/d"),
    ]
    assert warnings == [
        "local-path: pylock.toml: d comes from file:///srv/d, a place on the machine of its writer"
    ]


REFUSED = [
    ("", "Missing required value in 'packages'"),
    ("packages = 5\n", "Unexpected type int (expected Sequence) in 'packages'"),
    (
        '[[packages]]\nname = "a"\nmarker = "' + "(" * 30_000 + '"\n',
        "maximum recursion depth exceeded in 'packages[0].marker'",
    ),
    (
        '[[packages]]\nname = "a"\n',
        "Exactly one of vcs, directory, archive must be set if sdist and wheels are not set in 'packages[0]'",
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_lock_that_breaks_the_rules_is_refused_by_the_place(text: str, reason: str) -> None:
    with pytest.raises(BadFile) as refused:
        pylock.decode((HEAD + text).encode(), where="p.toml")
    assert refused.value.message == f"p.toml: not a pylock.toml (PEP 751): {reason}"


def test_a_lock_of_a_later_version_is_refused_as_that() -> None:
    with pytest.raises(UnsupportedFormat, match="is not supported"):
        decoded('lock-version = "2.0"\ncreated-by = "x"\npackages = []\n')


def test_a_lock_for_no_machine_is_refused() -> None:
    with pytest.raises(BadFile, match="for no platform and Python that envgit knows"):
        decoded(HEAD + 'requires-python = "<3"\npackages = []\n')


# --- writing ---


def pep440(version: str) -> str:
    """The version as every index writes it; a lock holds no other."""
    return "1.0" if "legacy" in version else str(Version(version))


def in_file(distribution: Distribution, sha256: str, *, sdist: bool) -> Distribution:
    """An index's distribution with its file, which is what a lock wants of it."""
    version = pep440(distribution.version)
    stem = f"{distribution.name.replace('-', '_')}-{version}"
    fn = f"{stem}.tar.gz" if sdist else f"{stem}-py3-none-any.whl"
    file = IndexFile(sha256=sha256, name=fn, index="https://host/simple/", url=f"https://host/{fn}")
    return replace(distribution, version=version, file=file)


def lockable(distribution: Distribution, sha256: str, *, sdist: bool) -> Distribution:
    source = distribution.source
    if source is None:
        return in_file(distribution, sha256, sdist=sdist)
    if source.kind == "archive":
        version = pep440(distribution.version)
        return replace(distribution, version=version, source=replace(source, sha256=sha256))
    if source.kind == "vcs":
        source = replace(source, editable=False)
    return without_place(replace(distribution, version="", source=source))


@given(st.lists(distributions, max_size=6, unique_by=lambda d: d.name), HEX, st.booleans())
def test_what_is_written_is_read_back_whole(found: list[Distribution], sha256: str, sdist: bool) -> None:
    wanted = sorted((lockable(d, sha256, sdist=sdist) for d in found), key=lambda d: d.name)
    env = environment(*wanted, kind="venv", python="3.11.4")
    text = pylock.encode(env)
    Pylock.from_dict(load_toml(text, "pylock.toml"))
    read = decode_any(text.encode(), where="pylock.toml")
    assert read.environment == env
    assert {warned.kind for warned in read.warnings} <= {"local-path"}


LACKING = [
    (dist("a"), "a (its file, with name and URL)"),
    (dist("a", file=IndexFile(sha256=SHA256)), "a (its file, with name and URL)"),
    (dist("a", source=vcs(commit=None)), "a (the commit of its checkout)"),
    (dist("a", source=Source(kind="archive", url="https://h/a.zip")), "a (the hash of its archive)"),
]


@pytest.mark.parametrize(("distribution", "lack"), LACKING)
def test_what_the_format_demands_and_is_not_known_is_named(distribution: Distribution, lack: str) -> None:
    with pytest.raises(EnvgitError) as refused:
        pylock.encode(environment(distribution))
    assert refused.value.message == f"pylock.toml needs what is not known of {lack}"
    assert refused.value.hint.startswith("`envgit snapshot --resolve`")


def test_a_version_from_before_pep_440_is_refused() -> None:
    file = IndexFile(sha256=SHA256, name="a-1.0-py3-none-any.whl", url="https://h/a")
    with pytest.raises(EnvgitError, match="cannot hold this environment: Invalid version"):
        pylock.encode(environment(dist("a", "1.0-x-y", file=file)))


def test_no_credentials_and_no_other_platform_are_written() -> None:
    fn = "a-1.0-py3-none-any.whl"
    file = IndexFile(sha256=SHA256, name=fn, url=f"https://host/{fn}")
    env = environment(dist("a", file=file), dist("b", source=vcs("https://secret@host/r")), python="3.11.4")
    text = pylock.encode(env)
    assert "secret" not in text
    document: Any = load_toml(text, "p")
    assert document["environments"] == ["sys_platform == 'linux' and platform_machine == 'x86_64'"]
    assert document["requires-python"] == "==3.11.*"


@pytest.mark.skipif(sys.platform != "linux", reason="the lock is for linux")
def test_uv_installs_what_is_written(tmp_path: Path) -> None:
    built = {name: make_wheel(tmp_path / "wheels", name, "1.0") for name in ("a", "b")}
    known = [
        dist(
            name,
            "1.0",
            file=IndexFile(
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(), name=path.name, url=path.as_uri()
            ),
        )
        for name, path in built.items()
    ]
    venv = make_venv(tmp_path / "venv")
    python = ".".join(map(str, sys.version_info[:3]))
    lock = tmp_path / "pylock.toml"
    lock.write_text(pylock.encode(environment(*known, kind="venv", python=python)))
    command = [find_uv_bin(), "pip", "sync", "--dry-run", "--no-index", "--python", str(venv / "bin/python")]
    ran = subprocess.run([*command, str(lock)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.split("\n")[-3:-1] == [" + a==1.0", " + b==1.0"]
