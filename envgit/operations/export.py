"""A snapshot in another tool's format, with what that cannot hold."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from envgit.errors import Conflict, EnvgitError
from envgit.formats.local_places import local_places
from envgit.formats.losses import losses
from envgit.formats.snippets.baseline import Baseline
from envgit.formats.writing import Snippet, Written, encode_as, encode_snippet
from envgit.identity import snapshot_of
from envgit.operations.binding import DEFAULT, bound_environment
from envgit.operations.locators import keep_locators
from envgit.operations.revision import LIVE, held_together, open_revision
from envgit.operations.sighting import readable_snapshot
from envgit.plan import leaves_unsaid
from envgit.store.append import read_tip
from envgit.store.baselines import tags_by_commit
from envgit.store.files import replace_file, writing

if TYPE_CHECKING:
    from envgit.model import Warned
    from envgit.operations.revision import Revision
    from envgit.operations.workspace import Workspace

#: Every format, in the order that help lists them.
FORMATS: tuple[Written | Snippet, ...] = (*get_args(Written), *get_args(Snippet))


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """The ``text`` of a snapshot in a format.

    ``losses`` are warnings: what it cannot hold, and what whoever reads it elsewhere does not have.
    """

    revision: Revision
    format: Written | Snippet
    text: str
    losses: tuple[Warned, ...] = ()


def export(workspace: Workspace, rev: str, format_: Written | Snippet) -> Exported:
    """Write a snapshot, the live environment or a file in a format.

    Raises:
        UnknownRevision, AmbiguousRevision, InvalidName, BadFile, NoStore, NoEnvironment: see `open_revision`.
        EnvgitError: the format cannot hold it, or it has to be recorded, or restored, first.
    """
    revision = _located(workspace, held_together(workspace, open_revision(workspace, rev)))
    environment = revision.snapshot.environment
    match format_:
        case "dockerfile" | "github-actions" | "gitlab-ci":
            text = encode_snippet(_baseline(workspace, revision), format_)
            lost = local_places(environment)
        case _:
            text = encode_as(environment, format_, name=_name(revision))
            lost = (*losses(environment, format_), *local_places(environment, text))
    return Exported(revision=revision, format=format_, text=text, losses=lost)


def _located(workspace: Workspace, revision: Revision) -> Revision:
    """The live environment with the files that its branch knows: what is installed names none."""
    if revision.label != LIVE:
        return revision
    tip = read_tip(workspace.git, bound_environment(workspace).environment)
    known = readable_snapshot(workspace, tip.tree) if tip else None
    if known is None:
        return revision
    environment = keep_locators(revision.snapshot.environment, known.environment)
    return replace(revision, snapshot=snapshot_of(environment))


def write(exported: Exported, file: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write what was exported to a file: whole, or not at all.

    Raises:
        Conflict: the file holds something else, and ``force`` was not given: it may be written by hand.
        EnvgitError: it cannot be written.
    """
    path = os.path.abspath(os.path.expanduser(file))
    content = exported.text.encode(errors="backslashreplace")
    if os.path.isdir(path):
        raise Conflict(f"{os.fspath(file)} is a folder", hint="name a file")
    with writing(path):
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe or a device, to be kept as it is
            with open(path, "wb") as opened:
                opened.write(content)
        elif force or not os.path.exists(path):
            replace_file(os.path.realpath(path), content)
        elif not _holds(path, content):
            raise Conflict(
                f"{os.fspath(file)} exists and holds something else", hint="another name, or --force"
            )


def _holds(path: str, content: bytes) -> bool:
    try:
        with open(path, "rb") as opened:
            return opened.read(len(content) + 1) == content
    except OSError:
        return False


def _name(revision: Revision) -> str:
    """What to call the environment: as the branch of its snapshots is called."""
    observation = revision.observation
    return observation.environment if observation else DEFAULT


def _baseline(workspace: Workspace, revision: Revision) -> Baseline:
    """What a snippet restores: the baseline by its name, else the snapshot by its id."""
    if revision.observation is None:
        raise EnvgitError(
            f"{revision.label} is not recorded, and only what is can be restored elsewhere",
            hint="envgit tag NAME, or envgit import FILE --tag NAME",
        )
    environment = revision.snapshot.environment
    if leaves_unsaid(environment):
        raise EnvgitError(
            f"{revision.label} names versions or less: that what is restored is the same can never be proven",
            hint=f"envgit checkout {shlex.quote(revision.label)} -p PREFIX, then "
            "envgit snapshot -p PREFIX --tag NAME, and export that",
        )
    names = tags_by_commit(workspace.git, automatic=False).get(revision.observation.commit, ())
    label = revision.label.removeprefix("env/")
    name = label if label in names else next(iter(names), "")
    return Baseline(
        rev=f"env/{name}" if name else revision.snapshot.id,
        snapshot=revision.snapshot.id,
        kind=environment.kind,
        platform=environment.platform,
        python=environment.python,
    )
