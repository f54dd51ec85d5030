"""Code that runs in an environment, and that no package brought, is at least warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.capture.fingerprint import fingerprint
from tests.builders import (
    CondaSpec,
    PypiSpec,
    make_editable,
    make_prefix,
    make_repo,
    make_venv,
    pip_install,
    site_packages,
)
from tests.capture.captures import captured, kinds

if TYPE_CHECKING:
    from pathlib import Path


def test_startup_files_that_no_package_lists_are_warned_of_by_name(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1", dists={"six": "1"})})
    before = fingerprint(str(prefix))
    for name in ("conda.pth", "sitecustomize.py", "usercustomize.py", "loose.py"):
        (site_packages(prefix) / name).write_text("")
    (warned,) = captured(prefix).warnings
    assert warned.kind == "unrecorded-file"
    assert str(site_packages(prefix)) in warned.message
    assert warned.message.endswith("not recorded: conda.pth, sitecustomize.py, usercustomize.py")
    assert fingerprint(str(prefix)) != before


@pytest.mark.parametrize("mapped", [True, False])
def test_startup_files_of_packages_are_not_warned_of(tmp_path: Path, mapped: bool) -> None:
    of_conda = PypiSpec(version="1", files={"conda-a.pth": "", "sitecustomize.py": ""})
    of_pip = PypiSpec(version="1", files={"pip-b.pth": "", "usercustomize.py": ""})
    spec = CondaSpec(version="1", dists={"six": of_conda}, noarch="python", mapped=mapped)
    prefix = make_prefix(tmp_path, conda={"six": spec}, pypi={"demo": of_pip})
    assert captured(prefix).warnings == ()


@pytest.mark.parametrize(
    "name",
    [
        "_virtualenv.pth",
        "distutils-precedence.pth",
        "easy-install.pth",
        "__editable__.demo-1.0.pth",
        "zope.interface-5.0-py3.11-nspkg.pth",
    ],
)
def test_what_tools_leave_is_not_warned_of(tmp_path: Path, name: str) -> None:
    prefix = make_prefix(tmp_path)
    (site_packages(prefix) / name).write_text("")
    assert captured(prefix).warnings == ()


def test_a_new_venv_has_nothing_to_warn_of(tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "venv")
    pip_install(venv, "setuptools==69.5.1")
    assert captured(venv).warnings == ()


def test_an_editable_install_outside_of_git_is_code_that_is_not_recorded(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "prefix")
    source = tmp_path / "source"
    source.mkdir()
    make_editable(prefix, "demo", "1.0", source)
    (warned,) = captured(prefix).warnings
    assert warned.kind == "unrecorded-code"
    assert "demo" in warned.message
    assert source.as_uri() in warned.message


def test_an_editable_install_at_a_commit_is_recorded_code(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "prefix")
    repo = make_repo(tmp_path / "source")
    make_editable(prefix, "demo", "1.0", repo.path)
    assert kinds(captured(prefix)) == []
    assert kinds(captured(prefix, repository=repo.path)) == []
