"""Builders of real things to test on: repositories, prefixes, venvs, wheels, command runs."""

from tests.builders.command import Ran, run_cli
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

__all__ = [
    "CondaSpec",
    "GitFailed",
    "PypiSpec",
    "Ran",
    "Repo",
    "clobber_with_pip",
    "make_editable",
    "make_egg_info",
    "make_orphan",
    "make_prefix",
    "make_repo",
    "run_cli",
    "site_packages",
]
