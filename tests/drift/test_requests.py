from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from envgit.drift import drift
from tests.drift.environments import conda, dist, environment

if TYPE_CHECKING:
    from envgit.model import Environment


def through(before: Environment, after: Environment) -> dict[str, tuple[str, ...]]:
    return {change.name: change.through for change in drift(before, after).changes if not change.requested}


def asked(name: str, version: str = "1.0", **facts: Any) -> Any:
    return conda(name, version, requested=(name,), **facts)


def test_a_change_that_nobody_asked_for_came_through_the_nearest_requested_package_that_changed() -> None:
    def scientific(version: str) -> Environment:
        return environment(
            asked("scanpy", version, depends=("umap >=0.5", "numpy")),
            asked("jupyter", depends=("numba",)),
            conda("umap", version, depends=("numba >=0.5,<1", "python_abi 3.12.* *_cp312")),
            conda("numba", version),
        )

    assert through(scientific("1.0"), scientific("2.0")) == {"umap": ("scanpy",), "numba": ("scanpy",)}


def test_it_came_through_one_that_did_not_change_where_no_other_did() -> None:
    before = environment(asked("jupyter", depends=("zlib",)), conda("zlib", "1.0"))
    after = environment(asked("jupyter", depends=("zlib",)), conda("zlib", "1.1"))
    assert through(before, after) == {"zlib": ("jupyter",)}


def test_it_did_not_come_through_what_lies_behind_another_requested_package() -> None:
    def stacked(version: str) -> Environment:
        return environment(
            asked("jupyter", version, depends=("python",)),
            asked("python", depends=("openssl",)),
            conda("openssl", version),
        )

    assert through(stacked("1.0"), stacked("2.0")) == {"openssl": ("python",)}


def test_no_more_than_three_packages_are_named() -> None:
    def many(version: str) -> Environment:
        return environment(
            *(asked(name, version, depends=("zlib",)) for name in "fedcba"), conda("zlib", version)
        )

    assert through(many("1.0"), many("2.0")) == {"zlib": ("a", "b", "c")}


def test_what_is_gone_went_with_what_is_gone_too_and_with_nothing_that_is_still_there() -> None:
    jupyter = asked("jupyter", depends=("qtconsole",))
    before = environment(jupyter, conda("qtconsole"))
    assert through(before, environment()) == {"qtconsole": ("jupyter",)}
    assert through(before, environment(jupyter)) == {"qtconsole": ()}
    assert through(before, environment(asked("jupyter", "2.0"))) == {"qtconsole": ()}


def test_a_distribution_came_through_one_that_pip_was_asked_for() -> None:
    rich = dist("rich", requested=True, depends=("Markdown_It.py>=2", 'pytest; extra == "test"'))
    found = through(environment(), environment(rich, dist("markdown-it-py"), dist("pytest")))
    assert found == {"markdown-it-py": ("rich",), "pytest": ()}


def test_a_distribution_can_depend_on_what_conda_brought() -> None:
    def layered(version: str) -> Environment:
        return environment(
            conda("pytorch", version),
            dist("torch", version, "conda", conda_package="pytorch"),
            dist("timm", version, requested=True, depends=("torch (>=1.7)",)),
        )

    assert through(layered("1.0"), layered("2.0")) == {"pytorch": ("timm",)}


def test_the_history_of_conda_knows_requests_too() -> None:
    before = environment(conda("jupyter", "1.0", depends=("zlib",)), conda("zlib", "1.0"), specs=("jupyter",))
    after = environment(conda("jupyter", "2.0", depends=("zlib",)), conda("zlib", "1.1"), specs=("jupyter",))
    assert through(before, after) == {"zlib": ("jupyter",)}


def test_dependencies_in_a_circle_end() -> None:
    def circle(version: str) -> Environment:
        return environment(
            asked("a", version, depends=("b",)),
            conda("b", version, depends=("c",)),
            conda("c", version, depends=("b", "a")),
        )

    assert through(circle("1.0"), circle("2.0")) == {"b": ("a",), "c": ("a",)}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_of_a_lock_file_nothing_is_said(version: str) -> None:
    before = environment(conda("a", depends=("b",)), conda("b", "1.0"))
    after = environment(conda("a", version, depends=("b",)), conda("b", "2.0"))
    assert set(through(before, after).values()) == {()}
