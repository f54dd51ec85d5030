"""Whether the hooks slow down as snapshots gather: 10,000 of them against 10."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.prefix import generate, upgrade
from benchmarks.project import Project, make_project
from benchmarks.timing import Timed, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MANY, FEW = 10_000, 10
#: How many environments there were, the last of which is there now; a long history sees them come again.
_VERSIONS = 10
#: How often the environment changes in a long history: with every 20th commit.
_CHANGES = 500
_BRANCH = "refs/heads/envgit/default"
_OLDEST = "oldest"
_BEGIN, _PACE = 1_600_000_000, 600  # seconds: of the first commit, and between two


@dataclass(frozen=True, kw_only=True, slots=True)
class _Template:
    """A snapshot commit that an append wrote: its tree and its message."""

    tree: str
    message: str


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Commit, and check out the oldest commit and the newest, in a long history and in a short one."""
    prefix = generate(folder / "env")
    original = make_project(folder / "original", prefix)
    templates = _templates(original)
    projects = {"10": original.copied_to(folder / "few"), "10,000": original.copied_to(folder / "many")}
    _import(projects["10"], templates, FEW)
    _import(projects["10,000"], templates, MANY)
    yield _growth("commit, 10,000 snapshots ÷ 10", projects, Project.commit, rounds)
    yield _growth("checkout, 10,000 snapshots ÷ 10", projects, _there_and_back, rounds)


def _growth(name: str, projects: dict[str, Project], command: Callable[..., None], rounds: int) -> Figure:
    """What hooks add to a command in the long history ÷ what they add in the short one."""
    series = {}
    for label, project in projects.items():
        series[f"{label}, with hooks"] = Timed(run=partial(command, project))
        series[f"{label}, without"] = Timed(run=partial(command, project, hooks=False))
    seconds = medians(series, rounds=rounds)
    added = {label: seconds[f"{label}, with hooks"] - seconds[f"{label}, without"] for label in projects}
    return Figure(name=name, value=added["10,000"] / added["10"], limit=1.15, seconds=seconds)


def _there_and_back(project: Project, *, hooks: bool = True) -> None:
    project.git("checkout", "--quiet", _OLDEST, hooks=hooks)
    project.git("checkout", "--quiet", "main", hooks=hooks)


def _templates(project: Project) -> list[tuple[_Template, _Template]]:
    """Real appends, in pairs: one that found a package changed, and one that found nothing changed."""
    for number in range(_VERSIONS):
        upgrade(project.prefix, f"9.{number}.0")
        project.commit()
        project.commit()
    log = project.git("log", f"--max-count={2 * _VERSIONS}", "--reverse", "-z", "--format=%T %B", _BRANCH)
    rows = (row.lstrip("\n").partition(" ") for row in log.split("\0") if row)
    written = [_Template(tree=tree, message=message) for tree, _, message in rows]
    return list(zip(written[::2], written[1::2], strict=True))


def _import(project: Project, templates: list[tuple[_Template, _Template]], count: int) -> None:
    """Give the repository ``count`` commits of code, with the snapshots that the hooks would have written.

    The last snapshot is of the environment as it is now.
    """
    stretch = max(1, count // _CHANGES)
    commits = []
    for number, code in enumerate(_import_code(project, count)):
        changed, unchanged = templates[number // stretch % _VERSIONS]
        first = number % stretch == 0
        commits.append(_snapshot_commit(changed if first else unchanged, code, number))
        if first:
            commits.append(_tag(changed, number))
    project.git("update-ref", "-d", _BRANCH)
    project.git("fast-import", "--quiet", stdin="".join(commits).encode())
    project.git("branch", _OLDEST, f"main~{count - 1}")
    project.git("gc", "--quiet", "--prune=now")


def _import_code(project: Project, count: int) -> list[str]:
    """Add commits to ``main``; returns their names, oldest first."""
    head = project.git("rev-parse", "main")
    begin = f"reset refs/heads/main\nfrom {head}\n\n"
    commits = "".join(_commit("refs/heads/main", number, "Change\n") for number in range(count))
    project.git("fast-import", "--quiet", "--force", stdin=(begin + commits).encode())
    return project.git("rev-list", "--reverse", f"{head}..main").split()


def _snapshot_commit(template: _Template, code: str, number: int) -> str:
    message = re.sub(r"(?m)^Code-Commit: .*$", f"Code-Commit: {code}", template.message)
    return _commit(_BRANCH, number, message) + f'M 040000 {template.tree} ""\n\n'


def _commit(ref: str, number: int, message: str) -> str:
    """One commit in the language of ``git fast-import``."""
    content = message.encode()
    who = f"committer Ada Lovelace <ada@example.org> {_time(number)} +0000"
    return f"commit {ref}\n{who}\ndata {len(content)}\n{message}\n"


def _tag(template: _Template, number: int) -> str:
    """The tag that goes with a changed environment, on the commit before."""
    day = datetime.fromtimestamp(_time(number), timezone.utc).date().isoformat()
    snapshot = template.message.partition("\nSnapshot: ")[2][:8]
    return f"reset refs/tags/env/auto/{day}-{snapshot}\nfrom {_BRANCH}\n\n"


def _time(number: int) -> int:
    return _BEGIN + number * _PACE
