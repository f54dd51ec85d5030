"""Editable installs whose folder holds other code than was recorded, though it stands at the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.model import Graded
from envgit.restore.addresses import local_path
from envgit.restore.pypi.checkouts import difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.model import Environment


def strayed(wanted: Environment, got: Environment, *, environ: Mapping[str, str]) -> Iterator[Graded]:
    """Give a note, graded ``rebuilt``, on each editable install that does not run the code that is wanted.

    The identity of one is its commit, so a capture alone cannot tell. The repository whose commits are
    recorded is left out: its own commits say what runs.

    Args:
        wanted: the snapshot's environment.
        got: what a capture of the prefix found.
        environ: the variables of this process.
    """
    there = {d.name: local_path(d.source.url) for d in got.distributions if d.source and d.source.editable}
    for distribution in wanted.additions:
        name, recorded, folder = distribution.name, distribution.source, there.get(distribution.name)
        if recorded is None or not recorded.commit or folder is None or not folder.is_dir():
            continue
        reason = difference(folder, recorded.commit, patch=recorded.patch, environ=environ)
        if reason:
            yield Graded(layer="pypi", name=name, grade="rebuilt", source=recorded.url, reason=reason)
