"""Environments in few words, and every environment that hypothesis can think of."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from envgit.model import (
    Change,
    ChangeKind,
    CondaPackage,
    Difference,
    Distribution,
    Drift,
    Environment,
    Host,
    Side,
    Source,
    Variable,
)


def conda(name: str, version: str = "1.0", build: str = "h0_0", **facts: Any) -> CondaPackage:
    return CondaPackage(
        name=name, version=version, build=build, **{"channel": "conda-forge", "subdir": "linux-64", **facts}
    )


def dist(name: str, version: str = "1.0", owner: Any = "pypi", **facts: Any) -> Distribution:
    return Distribution(name=name, version=version, owner=owner, **{"digest": f"{name}-{version}", **facts})


def environment(*packages: CondaPackage | Distribution, **facts: Any) -> Environment:
    given = {"kind": "conda", "platform": "linux-64", "channels": ("conda-forge",), **facts}
    return Environment(
        conda=tuple(p for p in packages if isinstance(p, CondaPackage)),
        distributions=tuple(p for p in packages if isinstance(p, Distribution)),
        **given,
    )


def host(*virtual_packages: str, **facts: Any) -> Host:
    given = {"platform": "linux-64", "system": "Linux", "machine": "x86_64", **facts}
    return Host(virtual_packages=virtual_packages, **given)


#: Few names and versions, so that two generated environments have much in common.
NAMES = st.sampled_from(["numpy", "pytorch", "torch", "requests", "python", "zlib", "_x", "a.b"])
VERSIONS = st.sampled_from(["1.0", "1.0.0", "1.1", "2.0rc1", "2024a", "1.1.1w", "not a version"])
HASHES = st.one_of(st.none(), st.sampled_from(["aa", "bb"]))
SPECS = st.sampled_from([(), ("a >=1",), ("a >=2",), ("b", "a >=1")])

PACKAGES = st.builds(
    CondaPackage,
    name=NAMES,
    version=VERSIONS,
    build=st.sampled_from(["py_0", "h1_1"]),
    subdir=st.sampled_from(["linux-64", "noarch"]),
    channel=st.sampled_from(["conda-forge", "defaults"]),
    sha256=HASHES,
    md5=HASHES,
    depends=SPECS,
    constrains=SPECS,
    requested=st.sampled_from([(), ("numpy",)]),
)
SOURCES = st.one_of(
    st.none(),
    st.builds(
        Source,
        kind=st.just("vcs"),
        url=st.sampled_from(["https://git.example/a", "file:///home/me/a"]),
        commit=st.one_of(st.none(), st.sampled_from(["a" * 40, "b" * 40])),
    ),
)
DISTRIBUTIONS = st.builds(
    Distribution,
    name=NAMES,
    version=VERSIONS,
    owner=st.sampled_from(["conda", "pypi", "clobbered", "orphan"]),
    digest=HASHES,
    requested=st.booleans(),
    installer=st.sampled_from([None, "pip"]),
    depends=SPECS,
    conda_package=st.one_of(st.none(), NAMES),
    source=SOURCES,
)
ENVIRONMENTS = st.builds(
    Environment,
    kind=st.sampled_from(["conda", "venv"]),
    platform=st.sampled_from(["linux-64", "osx-arm64"]),
    python=st.sampled_from([None, "3.11.7", "3.12.1"]),
    conda=st.lists(PACKAGES, max_size=6, unique_by=lambda p: p.name).map(tuple),
    distributions=st.lists(DISTRIBUTIONS, max_size=6, unique_by=lambda d: d.name).map(tuple),
    channels=st.lists(st.sampled_from("abc"), max_size=3).map(tuple),
    channel_priority=st.sampled_from([None, "strict", "flexible"]),
    variables=st.lists(
        st.builds(
            Variable, name=st.text(min_size=1, max_size=3), value=st.one_of(st.none(), st.text(max_size=3))
        ),
        max_size=3,
        unique_by=lambda v: v.name,
    ).map(tuple),
    specs=SPECS,
    pins=SPECS,
    system_site_packages=st.booleans(),
)

#: What a stranger's snapshot can make of a drift: any text at all, anywhere.
SIDES = st.one_of(
    st.none(),
    st.builds(
        Side, version=st.text(), build=st.text(), channel=st.text(), name=st.one_of(st.none(), st.text())
    ),
)
DRIFTS = st.builds(
    Drift,
    changes=st.lists(
        st.builds(
            Change,
            layer=st.sampled_from(["conda", "pypi"]),
            name=st.text(),
            kind=st.sampled_from(get_args(ChangeKind)),
            before=SIDES,
            after=SIDES,
            requested=st.booleans(),
            detail=st.text(),
        ),
        max_size=30,
    ).map(tuple),
    differences=st.lists(
        st.builds(Difference, subject=st.sampled_from(["python", "pins"]), sentence=st.text()), max_size=5
    ).map(tuple),
)
