"""Put the hook layer into a repository and take it out again, leaving all else as it was."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import Conflict
from envgit.githooks.diff_driver import remove_driver
from envgit.githooks.events import EVENTS
from envgit.githooks.hook_config import (
    configured_events,
    install_configured,
    remove_configured,
    runs_configured_hooks,
)
from envgit.githooks.hook_files import events_in, install_files, remove_files
from envgit.githooks.launcher import lines_to_paste
from envgit.store.files import writing

if TYPE_CHECKING:
    from envgit.store.repository import Repository


def install(repository: Repository, *, hook_files: bool = False) -> Path:
    """Install a launcher for every event, wholly or not at all; returns the file or folder they are in.

    They go into Git's configuration where this Git takes hooks from there, else (or with ``hook_files``)
    into the hooks folder, around what is there. Installing again renews the launchers and nothing else.

    Raises:
        Conflict: hooks are switched off, their folder is not this repository's or another tool writes it
            anew, or it holds two foreign hooks for one event; nothing is written.
        EnvgitError: the place cannot be written to; nothing was changed.
    """
    if not hook_files and runs_configured_hooks(repository.git):
        with writing(repository.common_dir), ExitStack() as undo:
            file = install_configured(repository, undo)
            undo.pop_all()
        _remove_files(repository)
        return file
    folder = hooks_folder(repository)
    with writing(folder), ExitStack() as undo:
        install_files(folder, undo)
        undo.pop_all()
    with writing(repository.common_dir):
        remove_configured(repository)
    return folder


def uninstall(repository: Repository) -> tuple[Path, ...]:
    """Take every launcher and the diff driver out, put back what was there before; returns where any were.

    Raises:
        EnvgitError: a place cannot be written to.
    """
    removed = _remove_files(repository)
    with writing(repository.common_dir):
        if remove_configured(repository):
            removed.append(Path(repository.common_dir, "config"))
    removed += remove_driver(repository)
    return tuple(dict.fromkeys(removed))


def installed_events(repository: Repository) -> tuple[str, ...]:
    """The events for which Git comes to us in this work tree, by its hooks folder or its configuration."""
    folder = _folder_in_use(repository)
    live = set(configured_events(repository.git))
    if folder is not None:
        live.update(events_in(folder))
        if _is_huskys(folder):
            live.update(events_in(folder.parent))
    return tuple(event for event in EVENTS if event in live)


def hooks_folder(repository: Repository) -> Path:
    """The folder that Git takes this repository's hooks from, if it is one to install hooks in.

    Raises:
        Conflict: ``core.hooksPath`` switches hooks off, or names a folder that other repositories share, that
            is none, or that husky writes anew.
    """
    folder = _folder_in_use(repository)
    named = f"core.hooksPath is {_configured_path(repository)!r}"
    if folder is None:
        raise Conflict(f"{named}: Git runs no hooks here", hint="git config --unset core.hooksPath")
    if not _belongs(folder, repository):
        raise _not_ours(f"{named}, which lies outside this repository", repository)
    if _is_huskys(folder):
        raise _not_ours(f"{named}, which husky writes anew with each install", repository)
    if not _can_be_made(folder):
        raise Conflict(
            f"{named}, which is no folder in this work tree: Git runs no hooks here",
            hint="git config --unset core.hooksPath",
        )
    return folder


def snippet(repository: Repository) -> str:
    """What to paste into hooks that envgit may not write, and where."""
    folder = _folder_in_use(repository)
    if folder is not None and _is_huskys(folder):
        folder = folder.parent  # husky's own files run those beside their folder, which are the project's
    return lines_to_paste(str(folder or ""))


def is_tracked(folder: Path, repository: Repository) -> bool:
    """Whether what is written to the folder would be seen by ``git add``."""
    top = repository.work_tree
    if top is None or not folder.is_relative_to(os.path.realpath(top)):
        return False
    if folder.is_relative_to(os.path.realpath(repository.common_dir)):
        return False
    hook = str(folder / next(iter(EVENTS)))
    return repository.git.find("check-ignore", "--", hook) is None


def _not_ours(reason: str, repository: Repository) -> Conflict:
    return Conflict(
        f"{reason}; nothing was written there",
        hint=f"envgit init --manual, and add to the hooks yourself:\n{snippet(repository)}",
    )


def _remove_files(repository: Repository) -> list[Path]:
    """Take launchers out of every folder that can have any; an earlier ``core.hooksPath`` was another."""
    folders = [Path(os.path.realpath(repository.common_dir), "hooks")]
    in_use = _folder_in_use(repository)
    if in_use is not None and _belongs(in_use, repository):
        folders.append(in_use.resolve())
    removed = []
    for folder in dict.fromkeys(folders):
        with writing(folder):
            if remove_files(folder):
                removed.append(folder)
    return removed


def _configured_path(repository: Repository) -> str | None:
    """``core.hooksPath``, None where it is not set."""
    found = repository.git.run("config", "--type=path", "--get", "core.hooksPath", accept=(0, 1))
    return os.fsdecode(found).removesuffix("\n") if found else None


def _folder_in_use(repository: Repository) -> Path | None:
    """Where Git looks for hooks in this work tree, None where it is told to look nowhere."""
    configured = _configured_path(repository)
    if configured is None:
        return Path(repository.common_dir, "hooks")
    if configured in ("", os.devnull):
        return None
    return Path(os.path.realpath(os.path.join(_top(repository), configured)))


def _top(repository: Repository) -> str:
    return repository.work_tree or repository.git_dir


def _belongs(folder: Path, repository: Repository) -> bool:
    owners = (_top(repository), repository.common_dir)
    return any(folder.resolve().is_relative_to(os.path.realpath(owner)) for owner in owners)


def _is_huskys(folder: Path) -> bool:
    """Whether husky (9 and later) made this folder: all its hooks run the file ``h``."""
    return folder.name == "_" and (folder / "h").is_file()


def _can_be_made(folder: Path) -> bool:
    return next(place for place in (folder, *folder.parents) if place.exists()).is_dir()
