"""What is kept, removed and brought when one environment becomes another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envgit.model import CondaPackage, Distribution, Environment, Source
from envgit.plan import Changes, changes_of


def conda(name: str, version: str = "1.0", **facts: object) -> CondaPackage:
    package = CondaPackage(name=name, version=version, build="0", subdir="linux-64", sha256="a" * 64)
    return replace(package, **facts)  # type: ignore[arg-type]


def dist(name: str, version: str = "1.0", **facts: object) -> Distribution:
    distribution = Distribution(name=name, version=version, owner="pypi", digest="d" * 64)
    return replace(distribution, **facts)  # type: ignore[arg-type]


def env(*packages: CondaPackage | Distribution) -> Environment:
    return Environment(
        kind="conda",
        platform="linux-64",
        conda=tuple(p for p in packages if isinstance(p, CondaPackage)),
        distributions=tuple(p for p in packages if isinstance(p, Distribution)),
    )


def names(changes: Changes) -> dict[str, str]:
    """The names in each non-empty list, and versions where they matter."""
    fields = ("kept", "unlinked", "linked", "kept_distributions", "uninstalled", "installed", "dropped")
    told = {field: " ".join(f"{p.name}-{p.version}" for p in getattr(changes, field)) for field in fields}
    return {field: text for field, text in told.items() if text}


PYTHON = conda("python", "3.11.4")
OVER = dist("yaml", "6", owner="clobbered", conda_package="pyyaml")
OWNED = dist("yaml", "5", owner="conda", conda_package="pyyaml")
GONE = dist("yaml", "", owner="clobbered", digest=None, conda_package="pyyaml")
FROM_DISK = Source(kind="archive", url="file:///srv/local.whl")


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        pytest.param(
            env(conda("a"), dist("d")),
            env(conda("a", url="https://elsewhere/a.conda"), dist("d", requested=True)),
            {"kept": "a-1.0", "kept_distributions": "d-1.0"},
            id="the same identity stays, wherever it is from",
        ),
        pytest.param(
            env(conda("a"), conda("old"), dist("d"), dist("extra")),
            env(conda("a", "2.0"), conda("new"), dist("d", "2.0"), dist("more")),
            {
                "unlinked": "a-1.0 old-1.0",
                "linked": "a-2.0 new-1.0",
                "uninstalled": "extra-1.0",
                "installed": "d-2.0 more-1.0",
            },
            id="other versions replace",
        ),
        pytest.param(
            env(conda("a")),
            env(conda("a", sha256="b" * 64)),
            {"unlinked": "a-1.0", "linked": "a-1.0"},
            id="other bytes under the same name",
        ),
        pytest.param(
            env(conda("a", sha256="b" * 64, md5="1" * 32)),
            env(conda("a", sha256=None, md5="1" * 32)),
            {"kept": "a-1.0"},
            id="the hash that both know decides",
        ),
        pytest.param(
            env(conda("a", sha256=None, url="https://one/a.conda")),
            env(conda("a", sha256=None, url="https://other/a.conda")),
            {"unlinked": "a-1.0", "linked": "a-1.0"},
            id="without a hash its URL decides",
        ),
        pytest.param(
            env(dist("d", digest=None), dist("s", digest=None, source=FROM_DISK)),
            env(dist("d", digest=None), dist("s", digest=None)),
            {"kept_distributions": "d-1.0", "installed": "s-1.0"},
            id="without a RECORD its source decides",
        ),
        pytest.param(
            env(PYTHON, conda("pure", noarch="python"), conda("c"), dist("d")),
            env(conda("python", "3.11.9"), conda("pure", noarch="python"), conda("c"), dist("d")),
            {
                "kept": "pure-1.0 c-1.0",
                "unlinked": "python-3.11.4",
                "linked": "python-3.11.9",
                "kept_distributions": "d-1.0",
            },
            id="another patch of Python leaves its packages",
        ),
        pytest.param(
            env(PYTHON, conda("pure", noarch="python"), conda("c"), dist("d")),
            env(conda("python", "3.12.1"), conda("pure", noarch="python"), conda("c"), dist("d")),
            {
                "kept": "c-1.0",
                "unlinked": "python-3.11.4 pure-1.0",
                "linked": "python-3.12.1 pure-1.0",
                "installed": "d-1.0",
            },
            id="another Python takes all that lies in its folder along",
        ),
        pytest.param(
            env(conda("pyyaml"), OVER),
            env(conda("pyyaml"), OWNED),
            {"unlinked": "pyyaml-1.0", "linked": "pyyaml-1.0", "uninstalled": "yaml-6"},
            id="what pip wrote over comes back from conda",
        ),
        pytest.param(
            env(conda("pyyaml"), GONE),
            env(conda("pyyaml"), OWNED),
            {"unlinked": "pyyaml-1.0", "linked": "pyyaml-1.0"},
            id="what pip took away comes back from conda",
        ),
        pytest.param(
            env(conda("pyyaml"), OWNED),
            env(conda("pyyaml"), OVER),
            {"kept": "pyyaml-1.0", "installed": "yaml-6"},
            id="what pip is to write over",
        ),
        pytest.param(
            env(conda("pyyaml"), OVER),
            env(conda("pyyaml", "2.0"), OVER),
            {"unlinked": "pyyaml-1.0", "linked": "pyyaml-2.0", "installed": "yaml-6"},
            id="what lies over a package that changes is laid over it again",
        ),
        pytest.param(
            env(conda("pyyaml"), OVER),
            env(conda("pyyaml"), OVER),
            {"kept": "pyyaml-1.0", "kept_distributions": "yaml-6"},
            id="what lies over a package that stays",
        ),
        pytest.param(
            env(conda("pyyaml"), OWNED),
            env(conda("pyyaml"), GONE),
            {"kept": "pyyaml-1.0", "dropped": "yaml-"},
            id="what is to be gone",
        ),
        pytest.param(
            env(conda("pyyaml"), GONE),
            env(conda("pyyaml", "2.0"), GONE),
            {"unlinked": "pyyaml-1.0", "linked": "pyyaml-2.0", "dropped": "yaml-"},
            id="what is gone is taken away from another build too",
        ),
        pytest.param(
            env(dist("yaml")),
            env(conda("pyyaml"), OWNED),
            {"linked": "pyyaml-1.0", "uninstalled": "yaml-1.0"},
            id="what moves from pip to conda",
        ),
    ],
)
def test_what_becomes_of_each_package(
    current: Environment, wanted: Environment, expected: dict[str, str]
) -> None:
    assert names(changes_of(current, wanted)) == expected


def test_an_environment_that_is_as_wanted_needs_nothing() -> None:
    environment = env(PYTHON, conda("pyyaml"), OVER, dist("d"))
    assert not changes_of(environment, environment)
    assert changes_of(Environment(kind="conda", platform="linux-64"), environment)
