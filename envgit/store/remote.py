"""Share snapshot branches and baselines with a remote; the one home of GitPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.redact import redact_text
from envgit.store.names import BASELINES, BRANCHES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.store.git import Git


def push_snapshots(git: Git, remote: str, *, along_with: Iterable[str] = ()) -> list[str]:
    """Push snapshot branches and baselines, never by force; returns one line for each refused ref.

    A remote without any branch gets nothing yet: the first branch it sees becomes its default, which has to
    be the code's.

    Args:
        git: the repository.
        remote: the name of a remote, or a URL.
        along_with: refs that a push going on right now has in hand; two of one ref would fail.
    """
    if not git.find("ls-remote", "--heads", remote):
        return []
    from git import Repo

    specs = [f"{folder}*:{folder}*" for folder in (BRANCHES, BASELINES)]
    specs += [f"^{ref}" for ref in along_with if ref.startswith((BRANCHES, BASELINES))]
    # GitPython hands the inherited environment on; the inner push needs ours, which stops recursion.
    with Repo(git.environ["GIT_DIR"]) as repository, repository.git.custom_environment(**git.environ):
        status, output, errors = repository.git.push(
            "--porcelain", "--no-verify", remote, *specs, with_extended_output=True, with_exceptions=False
        )
    rows = [row.split("\t") for row in output.split("\n") if row.startswith("!\t")]
    refused = [f"{spec.rpartition(':')[2]} was not pushed to {remote}: {reason}" for _, spec, reason in rows]
    if status and not refused:
        refused = [f"snapshots were not pushed to {remote}: {' '.join(errors.split())}"]
    return [redact_text(line) for line in refused]
