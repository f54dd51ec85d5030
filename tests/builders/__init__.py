"""Builders of real things to test on: repositories, prefixes, environments, wheels, command runs."""

from tests.builders.command import Ran, run_cli
from tests.builders.conda import conda_install
from tests.builders.dists import (
    PypiSpec,
    clobber_with_pip,
    make_editable,
    make_egg_info,
    make_orphan,
    site_packages,
)
from tests.builders.prefix import CondaSpec, make_prefix
from tests.builders.repo import GitFailed, Repo, make_repo
from tests.builders.venv import CommandFailed, make_venv, pip_install, run_python
from tests.builders.wheels import make_wheel

__all__ = [
    "CommandFailed",
    "CondaSpec",
    "GitFailed",
    "PypiSpec",
    "Ran",
    "Repo",
    "clobber_with_pip",
    "conda_install",
    "make_editable",
    "make_egg_info",
    "make_orphan",
    "make_prefix",
    "make_repo",
    "make_venv",
    "make_wheel",
    "pip_install",
    "run_cli",
    "run_python",
    "site_packages",
]
