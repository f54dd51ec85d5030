"""Which environment is meant is known, or said to be unknown: it is never guessed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.errors import Conflict, NoEnvironment
from envgit.operations.binding import (
    Binding,
    active_prefix,
    bound_environment,
    named_environment,
    storable,
)
from envgit.operations.workspace import Workspace, open_workspace
from tests.builders import Repo, make_prefix, make_repo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "code")


@pytest.fixture
def envs(tmp_path: Path) -> Path:
    """A folder with the environments ``a`` and ``b``."""
    for name in ("a", "b"):
        make_prefix(tmp_path / "envs" / name)
    return tmp_path / "envs"


def workspace(repo: Repo, *, bound: dict[str, object] | None = None, **environ: object) -> Workspace:
    for name, prefix in (bound or {}).items():
        repo.git("config", f"envgit.{name}.prefix", str(prefix))
    added = {name: str(value) for name, value in environ.items()}
    return open_workspace(repo.path, environ={**os.environ, **added})


def test_single_bound_environment_needs_no_activation(repo: Repo, envs: Path) -> None:
    found = bound_environment(workspace(repo, bound={"default": envs / "a"}))
    assert found == Binding(environment="default", prefix=str(envs / "a"))


def test_bound_environment_is_meant_although_another_is_active_and_that_is_noted(
    repo: Repo, envs: Path
) -> None:
    found = bound_environment(workspace(repo, bound={"default": envs / "a"}, CONDA_PREFIX=envs / "b"))
    assert found == Binding(
        environment="default",
        prefix=str(envs / "a"),
        note=f"the active environment {envs / 'b'} is not the bound one, {envs / 'a'}, which is meant here; "
        f"to bind the active one: envgit init --prefix {envs / 'b'}",
    )


@pytest.mark.parametrize("variable", ["CONDA_PREFIX", "VIRTUAL_ENV"])
def test_active_environment_decides_between_several_bound_ones(repo: Repo, envs: Path, variable: str) -> None:
    space = workspace(repo, bound={"train": envs / "a", "serve": envs / "b"}, **{variable: envs / "b"})
    assert bound_environment(space) == Binding(environment="serve", prefix=str(envs / "b"))


def test_active_environment_is_recognised_through_a_link(repo: Repo, envs: Path) -> None:
    (envs / "link").symlink_to("b")
    space = workspace(repo, bound={"train": envs / "a", "serve": envs / "b"}, CONDA_PREFIX=envs / "link")
    assert bound_environment(space).environment == "serve"


@pytest.mark.parametrize("active", [None, "c"])
def test_several_bound_and_none_of_them_active_is_ambiguous(
    repo: Repo, envs: Path, active: str | None
) -> None:
    environ = {"CONDA_PREFIX": envs / active} if active else {}
    space = workspace(repo, bound={"train": envs / "a", "serve": envs / "b"}, **environ)
    with pytest.raises(NoEnvironment) as caught:
        bound_environment(space)
    assert caught.value.message == (
        "several environments are bound and none of them is active: "
        f"serve ({envs / 'b'}), train ({envs / 'a'})"
    )
    assert caught.value.hint == "activate the one that is meant"


def test_active_environment_is_meant_where_none_is_bound(repo: Repo, envs: Path) -> None:
    found = bound_environment(workspace(repo, CONDA_PREFIX=envs / "a"))
    assert found == Binding(environment="default", prefix=str(envs / "a"))


def test_venv_of_the_work_tree_is_meant_where_none_is_bound_or_active(repo: Repo) -> None:
    repo.write({".venv/pyvenv.cfg": "home = /usr/bin\n"})
    found = bound_environment(workspace(repo))
    assert found == Binding(environment="default", prefix=str(repo.path / ".venv"))


def test_nothing_bound_and_nothing_active_is_no_environment(repo: Repo) -> None:
    (repo.path / ".venv").mkdir()  # a folder of that name is no venv yet
    with pytest.raises(NoEnvironment) as caught:
        bound_environment(workspace(repo))
    assert caught.value.message == "no environment is bound to this repository, and none is active"
    assert caught.value.hint == "activate the environment, or bind one: envgit init --prefix <prefix>"


def test_environment_of_the_running_interpreter_is_never_meant(repo: Repo) -> None:
    """envgit may live anywhere; where it lives says nothing about the user's project."""
    with pytest.raises(NoEnvironment):
        bound_environment(workspace(repo))


@pytest.mark.parametrize(("first", "meant"), [("a/bin", "a"), ("b/bin", "b"), ("b", "b")])
def test_path_tells_which_of_a_venv_and_a_conda_environment_runs(envs: Path, first: str, meant: str) -> None:
    path = f"/usr/bin::{envs / first}:{envs / 'a/bin'}:{envs / 'b/bin'}"
    environ = {"VIRTUAL_ENV": str(envs / "a"), "CONDA_PREFIX": str(envs / "b"), "PATH": path}
    assert active_prefix(environ) == str(envs / meant)


def test_venv_and_conda_environment_without_either_on_path_are_ambiguous(envs: Path) -> None:
    environ = {"VIRTUAL_ENV": str(envs / "a"), "CONDA_PREFIX": str(envs / "b"), "PATH": "/usr/bin"}
    with pytest.raises(NoEnvironment) as caught:
        active_prefix(environ)
    assert caught.value.message == (
        f"both {envs / 'a'} (VIRTUAL_ENV) and {envs / 'b'} (CONDA_PREFIX) are active, and PATH holds neither"
    )


def test_bound_environment_ends_the_ambiguity_of_two_active_ones(repo: Repo, envs: Path) -> None:
    """What is active only matters where several are bound, or none is."""
    space = workspace(
        repo,
        bound={"default": envs / "a"},
        VIRTUAL_ENV=envs / "b",
        CONDA_PREFIX=envs / "c",
        PATH=os.environ["PATH"],
    )
    assert bound_environment(space).prefix == str(envs / "a")


@pytest.mark.parametrize("environ", [{}, {"CONDA_PREFIX": "", "VIRTUAL_ENV": ""}])
def test_nothing_is_active_without_the_variables_that_say_so(environ: dict[str, str]) -> None:
    assert active_prefix(environ) is None


def test_same_environment_named_twice_is_one(envs: Path) -> None:
    prefix = str(envs / "a")
    assert active_prefix({"VIRTUAL_ENV": prefix, "CONDA_PREFIX": prefix + "/"}) == prefix


@pytest.mark.parametrize(
    ("prefix", "stored"),
    [
        ("/w/code/.venv", ".venv"),
        ("/w/code/envs/a b", "envs/a b"),
        ("/w/code", "."),
        ("/w/envs/a", "/w/envs/a"),
        ("/w/code-env", "/w/code-env"),
        ("/w/code/../envs", "/w/envs"),
    ],
)
def test_prefix_in_the_work_tree_is_stored_relative_to_it(prefix: str, stored: str) -> None:
    assert storable(prefix, "/w/code") == stored


def test_linked_work_tree_has_its_own_venv_or_else_the_main_one(repo: Repo, tmp_path: Path) -> None:
    repo.write({".venv/pyvenv.cfg": ""})
    linked = Repo(path=tmp_path / "linked")
    repo.git("worktree", "add", "--quiet", str(linked.path))
    main = bound_environment(workspace(repo, bound={"default": ".venv"}))
    borrowed = bound_environment(workspace(linked))
    linked.write({".venv/pyvenv.cfg": ""})
    own = bound_environment(workspace(linked))
    assert main.prefix == borrowed.prefix == str(repo.path / ".venv")
    assert own.prefix == str(linked.path / ".venv")


def test_prefix_given_by_hand_goes_by_the_name_it_is_bound_to(repo: Repo, envs: Path) -> None:
    space = workspace(repo, bound={"train": envs / "a", "serve": envs / "b"})
    assert named_environment(space, f"{envs}/b/") == Binding(environment="serve", prefix=str(envs / "b"))


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("nlp-2024q2", "nlp-2024q2"),
        ("my env", "my-env"),
        ("données", "donn-es"),
        ("..hidden", "hidden"),
        ("论文", "default"),
        ("-x", "x"),
        ("env.lock", "env-lock"),
        ("py3.11", "py3-11"),
        ("x" * 200, "x" * 100),
        ("a..b", "a-b"),
    ],
)
def test_prefix_given_by_hand_goes_by_its_folders_name(
    repo: Repo, envs: Path, folder: str, name: str
) -> None:
    space = workspace(repo, bound={"train": envs / "a"})
    assert named_environment(space, f"/envs/{folder}").environment == name


def test_first_prefix_given_by_hand_is_the_default_environment(repo: Repo, envs: Path) -> None:
    assert named_environment(workspace(repo), str(envs / "a")).environment == "default"


def test_prefix_given_by_hand_does_not_pass_for_another_environment(repo: Repo, envs: Path) -> None:
    space = workspace(repo, bound={"train": envs / "a"})
    with pytest.raises(Conflict) as caught:
        named_environment(space, "/other/train")
    assert caught.value.message == (
        f"/other/train would be recorded as environment train, which is bound to {envs / 'a'}"
    )
    assert caught.value.hint == "envgit init --environment <another name> --prefix /other/train"


def test_prefix_given_by_hand_may_begin_at_home(repo: Repo, envs: Path, sealed_environment: Path) -> None:
    found = named_environment(workspace(repo), "~/envs/x")
    assert found.prefix == str(sealed_environment / "envs/x")
