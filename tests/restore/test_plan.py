"""The plan of a restore: what will be done, what makes it impossible, what makes it less than exact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envgit.model import CondaPackage, Distribution, Environment, Host, Source, Step
from envgit.plan import plan

HOST = Host(
    platform="linux-64",
    system="Linux",
    machine="x86_64",
    virtual_packages=("__cuda=12.2=0", "__glibc=2.36=0", "__unix=0=0"),
)
PACKAGES = tuple(
    CondaPackage(
        name=name,
        version="1.0",
        build="0",
        subdir="noarch",
        url=f"https://conda.example/noarch/{name}-1.0-0.conda",
        fn=f"{name}-1.0-0.conda",
        sha256="a" * 64,
        size=size,
    )
    for name, size in (("alpha", 10), ("beta", 20))
)
DISTS = (
    Distribution(name="owned", version="1.0", owner="conda"),
    Distribution(name="plain", version="2.0", owner="pypi"),
    Distribution(
        name="sourced",
        version="3.0",
        owner="pypi",
        source=Source(kind="vcs", url="https://example.org/r", vcs="git", commit="1" * 40),
    ),
)
ENVIRONMENT = Environment(kind="conda", platform="linux-64", conda=PACKAGES, distributions=DISTS)


def test_steps_say_what_comes_from_where() -> None:
    found = plan(ENVIRONMENT, host=HOST, observed=HOST, cached={"beta-1.0-0.conda"})
    assert found.steps == (
        Step(layer="conda", name="alpha", version="1.0", action="link", origin=str(PACKAGES[0].url), size=10),
        Step(layer="conda", name="beta", version="1.0", action="link", origin="cache", size=20),
        Step(layer="pypi", name="plain", version="2.0", action="install", origin="index"),
        Step(layer="pypi", name="sourced", version="3.0", action="install", origin="https://example.org/r"),
    )
    assert (found.blockers, found.cautions) == ((), ())


def test_another_platform_blocks() -> None:
    found = plan(replace(ENVIRONMENT, platform="osx-arm64"), host=HOST)
    assert found.blockers == ("the snapshot is for osx-arm64, and this machine is linux-64",)


def test_packages_without_a_url_block_together() -> None:
    packages = tuple(replace(PACKAGES[0], name=f"p{n}", url=None) for n in range(7))
    found = plan(replace(ENVIRONMENT, conda=(*packages, PACKAGES[1])), host=HOST)
    assert found.blockers == ("no URL is known for p0, p1, p2, p3, p4 and 2 more",)


@pytest.mark.parametrize(
    ("written", "command"),
    [
        (replace(ENVIRONMENT, conda=(replace(PACKAGES[0], url=None),)), "conda env create -f FILE"),
        (replace(ENVIRONMENT, platform="", conda=()), "conda env create -f FILE"),
        (Environment(kind="venv", platform="", distributions=DISTS[1:]), "python -m pip install -r FILE"),
    ],
    ids=["environment.yml", "environment.yml of pip packages", "requirements.txt"],
)
def test_a_file_that_only_names_packages_blocks_with_what_to_do_instead(
    written: Environment, command: str
) -> None:
    (blocker,) = plan(written, host=HOST, offline=True).blockers
    assert "which packages are wanted, not which files they are" in blocker
    assert command in blocker


def test_a_platform_that_is_not_said_blocks() -> None:
    found = plan(replace(ENVIRONMENT, platform=""), host=HOST)
    assert found.blockers == ("it does not say which platform its packages are for",)


@pytest.mark.parametrize(
    ("cached", "blockers"),
    [
        ((), ("offline: 2 conda packages are not in the cache (alpha, beta)",)),
        (("alpha-1.0-0.conda",), ("offline: 1 conda package is not in the cache (beta)",)),
        (("alpha-1.0-0.conda", "beta-1.0-0.conda"), ()),
    ],
)
def test_offline_what_only_the_network_has_blocks(cached: tuple[str, ...], blockers: tuple[str, ...]) -> None:
    local = replace(PACKAGES[0], name="local", url="file:///srv/local-1.0-0.conda", fn="local-1.0-0.conda")
    wanted = replace(ENVIRONMENT, conda=(*PACKAGES, local))
    assert plan(wanted, host=HOST, cached=cached, offline=True).blockers == blockers
    assert plan(wanted, host=HOST, cached=cached).blockers == ()


def test_package_without_a_hash_is_a_caution() -> None:
    found = plan(replace(ENVIRONMENT, conda=(replace(PACKAGES[0], sha256=None),)), host=HOST)
    assert found.cautions == ("no hash is known for alpha: what is downloaded cannot be checked",)


@pytest.mark.parametrize(
    ("there", "caution"),
    [
        ("__glibc=2.39=0", "the snapshot was seen with glibc 2.39, and this machine has 2.36"),
        ("__glibc=2.4=0", None),
        ("__glibc=2.36=0", None),
        ("__cuda=12.10=0", "the snapshot was seen with the CUDA driver 12.10, and this machine has 12.2"),
        ("__osx=14.1=0", "the snapshot was seen with macOS 14.1, and this machine has none"),
        ("__archspec=1=skylake", None),
        ("nonsense", None),
    ],
)
def test_older_host_is_a_caution(there: str, caution: str | None) -> None:
    found = plan(ENVIRONMENT, host=HOST, observed=replace(HOST, virtual_packages=(there,)))
    assert found.cautions == ((caution,) if caution else ())
