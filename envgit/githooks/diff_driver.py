"""A diff driver for environment files, by which ``git diff``, ``git log -p`` and ``git show`` speak drift.

It is a ``textconv`` (gitattributes(5)): Git runs it for all three, combined diffs included, and goes on to do
what it does with any text; an external diff would be used by ``git diff`` alone, and take its options away.
Which files are its own stands in ``info/attributes`` of the folder that all work trees share, the driver in
the configuration there: nothing of it is tracked.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.githooks.launcher import textconv_command
from envgit.store.config import change_config
from envgit.store.files import replace_file, writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.store.git import Git
    from envgit.store.repository import Repository

#: Patterns of the files, each with a name that it stands for.
PATTERNS = {
    "environment*.yml": "environment.yml",
    "environment*.yaml": "environment.yaml",
    "conda-*.lock": "conda-linux-64.lock",
    "conda-lock.yml": "conda-lock.yml",
    "*.conda-lock.yml": "dev.conda-lock.yml",
    "pixi.lock": "pixi.lock",
    "pylock.toml": "pylock.toml",
    "pylock.*.toml": "pylock.dev.toml",
    "snapshot.json": "snapshot.json",
}
_NAME = "envgit"
_KEY = f"diff.{_NAME}.textconv"
#: What a command of ours has in it, whichever envgit wrote it.
_OURS = "envgit_textconv"
_BLOCK = re.compile(rb"# >>> envgit: diff >>>\n.*?# <<< envgit: diff <<<\n", re.DOTALL)
#: A command for whoever sets it up by hand; `envgit uninstall` leaves it alone.
_BY_HAND = 'f() { { [ -n "$GIT_PAGER_IN_USE" ] && envgit hook textconv "$1" 2>/dev/null; } || cat <"$1"; }; f'
_NO_VALUE = 5


def install_driver(repository: Repository) -> Path:
    """Install or renew the driver; returns the file of attributes.

    What the user or the project says of a file counts before ours: theirs stands below our lines in the same
    file, and where it stands in another the file is left out. A driver of our name that is not ours stays.

    Raises:
        GitFailed: the repository's configuration cannot be written.
        EnvgitError: the attributes cannot be written.
    """
    git, file = repository.git, _attributes(repository)
    if not is_foreign(git):
        change_config(git, "--replace-all", _KEY, os.fsdecode(textconv_command()))
    theirs = _without_block(file)
    _write(file, theirs)  # so that Git can tell what all others say
    _write(file, _block(taken_by_others(git)) + theirs)
    return file


def remove_driver(repository: Repository) -> tuple[Path, ...]:
    """Take the driver out and leave every line that is not ours; returns the files that had any.

    Raises:
        GitFailed: the repository's configuration cannot be written.
        EnvgitError: the attributes cannot be written.
    """
    git, file = repository.git, _attributes(repository)
    removed = []
    if written_command(git) is not None:
        change_config(git, "--unset-all", _KEY, _OURS, accept=(0, _NO_VALUE))
        removed.append(Path(repository.common_dir, "config"))
    if has_block(repository):
        _write(file, _without_block(file))
        removed.append(file)
    return tuple(removed)


def written_command(git: Git) -> str | None:
    """Our command in this repository's own configuration, None where there is none of ours."""
    return git.find("config", "--local", "--get", _KEY, _OURS)


def is_foreign(git: Git) -> bool:
    """Whether the user has a driver of the same name."""
    return _OURS not in (git.find("config", "--get", _KEY) or _OURS)


def has_block(repository: Repository) -> bool:
    """Whether our lines are in the attributes."""
    file = _attributes(repository)
    return file.is_file() and _BLOCK.search(file.read_bytes()) is not None


def taken_by_others(git: Git) -> tuple[str, ...]:
    """The patterns for which Git is told of another way to diff."""
    told = git.run("check-attr", "-z", "diff", "--", *PATTERNS.values()).split(b"\0")
    said = dict(zip(map(os.fsdecode, told[::3]), map(os.fsdecode, told[2::3]), strict=False))
    return tuple(pattern for pattern, name in PATTERNS.items() if said[name] not in {"unspecified", _NAME})


def lines_to_add(repository: Repository) -> str:
    """What to do by hand for the same, with nothing of this machine in it."""
    file = _attributes(repository)
    lines = "\n".join(f"{pattern} diff={_NAME}" for pattern in PATTERNS)
    return f"# in {file}\n{lines}\n# once\ngit config {_KEY} '{_BY_HAND}'"


def _attributes(repository: Repository) -> Path:
    return Path(repository.common_dir, "info", "attributes").resolve()  # a link to it stays one


def _block(omitted: Iterable[str]) -> bytes:
    patterns = [pattern for pattern in PATTERNS if pattern not in omitted]
    lines = [
        "# >>> envgit: diff >>>",
        "# Written by `envgit init`, removed by `envgit uninstall`; lines outside this block are yours.",
        *(f"{pattern} diff={_NAME}" for pattern in patterns),
        "# <<< envgit: diff <<<",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _without_block(file: Path) -> bytes:
    return _BLOCK.sub(b"", file.read_bytes()) if file.is_file() else b""


def _write(file: Path, content: bytes) -> None:
    """Replace the file, or remove it with a folder that would be left empty: as Git itself has it."""
    with writing(file):
        if content:
            replace_file(file, content)
        else:
            file.unlink(missing_ok=True)
