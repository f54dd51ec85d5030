"""Environments in few words, and what of an environment a file format can carry."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from envgit.model import CondaPackage, Distribution, Environment, IndexFile, Patch, Source, Variable

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA256 = "a" * 64
MD5 = "b" * 32


def conda(name: str, version: str = "1.0", build: str = "h0_0", **facts: Any) -> CondaPackage:
    return CondaPackage(
        name=name, version=version, build=build, **{"channel": "conda-forge", "subdir": "linux-64", **facts}
    )


def from_url(name: str, version: str = "1.0", build: str = "h0_0", **facts: Any) -> CondaPackage:
    """A package whose URL says the same as its fields."""
    fn = f"{name}-{version}-{build}.conda"
    subdir = facts.get("subdir", "linux-64")
    url = f"https://conda.anaconda.org/{facts.get('channel', 'conda-forge')}/{subdir}/{fn}"
    return conda(name, version, build, **{"url": url, "fn": fn, **facts})


def dist(name: str, version: str = "1.0", **facts: Any) -> Distribution:
    return Distribution(name=name, version=version, **{"owner": "pypi", **facts})


def environment(*packages: CondaPackage | Distribution, **facts: Any) -> Environment:
    return Environment(
        conda=tuple(p for p in packages if isinstance(p, CondaPackage)),
        distributions=tuple(p for p in packages if isinstance(p, Distribution)),
        **{"kind": "conda", "platform": "linux-64", **facts},
    )


def vcs(url: str = "https://host/o/r.git", **facts: Any) -> Source:
    return Source(kind="vcs", url=url, **{"vcs": "git", "commit": COMMIT, **facts})


def folder(**facts: Any) -> Source:
    return Source(kind="directory", **{"url": "file:///home/ada/code", **facts})


NAMES = st.from_regex(r"\A[a-z0-9](?:[a-z0-9_.-]{0,8}[a-z0-9])?\Z")
PEP503_NAMES = st.from_regex(r"\A[a-z0-9](?:-?[a-z0-9]){0,8}\Z")
CONDA_VERSIONS = st.from_regex(r"\A(?:[1-9]!)?[0-9]{1,4}(?:\.[0-9]{1,3}){0,3}(?:rc1|[a-c]|\.post2|_1)?\Z")
VERSIONS = st.from_regex(
    r"\A[0-9]{1,4}(?:\.[0-9]{1,3}){0,3}(?:rc1|a2)?(?:\.post2)?(?:\+(?:cu118|cpu))?\Z"
) | st.just("4.0-legacy")
BUILDS = st.from_regex(r"\A[a-z0-9][a-z0-9_]{0,8}\Z")
CHANNELS = st.sampled_from(
    ["conda-forge", "defaults", "pytorch", "conda-forge/label/dev", "https://host/ch", "file:///srv/ch"]
)
FOLDERS = st.none() | st.from_regex(r"\A[a-z]{1,5}(?:/[a-z]{1,5})?\Z")
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)

conda_packages = st.builds(
    CondaPackage,
    name=NAMES.filter(lambda name: name not in {"python", "pip"}),
    version=CONDA_VERSIONS,
    build=BUILDS,
    channel=CHANNELS,
    depends=st.lists(NAMES, max_size=3).map(tuple),
)
sources = st.none() | st.one_of(
    st.builds(
        Source,
        kind=st.just("vcs"),
        vcs=st.sampled_from(["git", "hg"]),
        url=st.sampled_from(["https://host/o/r", "ssh://git@host/o/r.git", "file:///srv/r"]),
        commit=st.text("0123456789abcdef", min_size=40, max_size=40),
        subdirectory=FOLDERS,
        editable=st.booleans(),
    ),
    st.builds(
        lambda inside, editable: folder(
            url=f"./{inside}" if inside else ".", repository=".", subdirectory=inside, editable=editable
        ),
        FOLDERS,
        st.booleans(),
    ),
    st.builds(Source, kind=st.just("archive"), url=st.just("https://host/x.zip"), sha256=st.none() | HEX),
)
distributions = st.builds(
    Distribution,
    name=PEP503_NAMES,
    version=VERSIONS,
    owner=st.just("pypi"),
    source=sources,
)


def _sorted(packages: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted({p.name: p for p in packages}.values(), key=lambda p: p.name))


environments = st.builds(
    Environment,
    kind=st.just("conda"),
    platform=st.just("linux-64"),
    conda=st.lists(conda_packages, max_size=6).map(_sorted),
    distributions=st.lists(distributions, max_size=6).map(_sorted),
    channels=st.lists(CHANNELS, max_size=3, unique=True).map(tuple),
    variables=st.lists(
        st.builds(
            Variable,
            name=st.from_regex(r"\A[A-Z]{1,3}\Z"),
            value=st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        ),
        max_size=3,
    ).map(_sorted),
)


def _with_url(package: CondaPackage, digits: str, told: frozenset[str], requested: bool) -> CondaPackage:
    """A package as a channel serves it, with what is ``told`` of it."""
    channel = "conda-forge" if package.channel == "defaults" else package.channel
    base = channel if "://" in channel else f"https://conda.anaconda.org/{channel}"
    fn = f"{package.name}-{package.version}-{package.build}.conda"
    return replace(
        package,
        channel=channel,
        subdir="linux-64",
        fn=fn if "url" in told else None,
        url=f"{base}/linux-64/{fn}" if "url" in told else None,
        sha256=digits if "sha256" in told else None,
        md5=digits[:32] if "md5" in told else None,
        requested=(package.name,) if requested else (),
    )


def _with_file(found: Distribution, digits: str, told: frozenset[str]) -> Distribution:
    """A distribution of an index with its file, an editable checkout perhaps with changes of its own."""
    if found.source is None and "file" in told and not found.version.endswith("legacy"):
        fn = f"{found.name.replace('-', '_')}-{found.version}-py3-none-any.whl"
        index = "https://index.example/simple/" if "index" in told else None
        file = IndexFile(sha256=digits, name=fn, url=f"https://files.example/{fn}", index=index)
        return replace(found, file=file)
    if found.source and found.source.editable and "patch" in told:
        patch = Patch(name=f"{found.name}.patch", sha256=digits)
        return replace(found, source=replace(found.source, patch=patch))
    return found


def _over_conda(env: Environment, number: int, gone: bool) -> Environment:
    """The environment after pip installed over one of conda's packages, or uninstalled what it brought."""
    if not env.conda:
        return env
    package = env.conda[number % len(env.conda)]
    name = re.sub(r"[-_.]+", "-", package.name)
    version = "" if gone else "1.5"
    over = Distribution(name=name, version=version, owner="clobbered", conda_package=package.name)
    others = (d for d in env.distributions if d.name != name)
    return replace(env, distributions=_sorted([*others, over]))


_FACTS = ("url", "sha256", "md5", "file", "index", "patch")
_TOLD = st.frozensets(st.sampled_from(_FACTS)) | st.just(frozenset(_FACTS))


@st.composite
def whole_environments(draw: st.DrawFn) -> Environment:
    """Environments that have something of everything that is ever told of one."""
    env, told, digits = draw(environments), draw(_TOLD), draw(HEX)
    # two distributions of one archive or checkout there are none
    apart = {(d.source.url, d.source.subdirectory) if d.source else d.name: d for d in env.distributions}
    named = {re.sub(r"[-_.]+", "-", package.name) for package in env.conda}
    found = [_with_file(d, digits, told) for d in apart.values() if d.name not in named]
    env = replace(env, distributions=_sorted(found))
    if draw(st.booleans()):
        return replace(env, kind="venv", python="3.11.4", conda=(), channels=(), variables=())
    channels = tuple(channel for channel in env.channels if channel != "defaults")  # stands for several
    located = (_with_url(p, digits, told, number % 2 == 0) for number, p in enumerate(env.conda))
    env = replace(
        env,
        conda=tuple(located),
        channels=channels,
        variables=_sorted([*env.variables, *draw(st.lists(st.just(Variable(name="UNTOLD")), max_size=1))]),
        pins=draw(st.sampled_from([(), ("python 3.11.*",)])),
        channel_priority=draw(st.sampled_from([None, "strict", "flexible", "disabled"])),
    )
    return _over_conda(env, draw(st.integers(0, 5)), draw(st.booleans())) if draw(st.booleans()) else env


def without_place(distribution: Distribution) -> Distribution:
    """A distribution as a file tells it that cannot tell where a relative folder lies."""
    source = distribution.source
    if source is None or source.repository != ".":
        return distribution
    place = f"./{source.subdirectory}" if source.subdirectory else "."
    return replace(distribution, source=replace(source, url=place))
