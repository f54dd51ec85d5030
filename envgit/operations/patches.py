"""Keep what editable installs run and no commit holds: the changes in their work trees, as patches."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from envgit.model import Patch, Warned
from envgit.redact import redact_text
from envgit.store.contents import read_files
from envgit.store.git import Git, GitFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Distribution, Source
    from envgit.operations.revision import Revision
    from envgit.operations.sighting import Sighting
    from envgit.operations.workspace import Workspace

# The user's settings for diffs are for reading.
_PLAIN = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")
#: This one has to apply anywhere.
_DIFF = (
    *(*_PLAIN, "--binary", "--full-index"),
    *("--ignore-submodules=none", "--src-prefix=a/", "--dst-prefix=b/", "HEAD", "--"),
)
_CHANGED = (*_PLAIN, "--name-only", "-z", "--ignore-submodules=untracked", "HEAD", "--")
#: Longest patch that is kept, in bytes: what is longer is no edit of code.
_LONGEST = 16 * 2**20
_NAMED = 5


class _Unpatched(Exception):
    """There is no patch that could be kept; the message says why."""


def patches_of(workspace: Workspace, revision: Revision) -> dict[str, bytes]:
    """Read the patches that a snapshot holds, by name; one that its tree lacks is missed when it is applied.

    Raises:
        BadFile: one cannot be read.
    """
    observation = revision.observation
    sources = (distribution.source for distribution in revision.snapshot.environment.distributions)
    names = {source.patch.name for source in sources if source is not None and source.patch is not None}
    if observation is None:
        return {}
    return read_files(workspace.git, observation, sorted(names)) if names else {}


#: A file of a snapshot that `_file_name` named.
_PATCH_NAME = re.compile(r"dirty-(.+)\.patch")


def told_of_patches(sighting: Sighting) -> Iterator[str]:
    """What to say of a sighting that has patches: its id does not tell that it has."""
    names = [match[1] for file in sorted(sighting.files) if (match := _PATCH_NAME.fullmatch(file))]
    if names:
        yield f"with a patch for {', '.join(names)}"


def patch_sighting(workspace: Workspace, sighting: Sighting) -> tuple[Sighting, tuple[Warned, ...]]:
    """Return a sighting with a patch for each editable install whose work tree differs from its commit.

    It is true of this moment alone, so nothing of it is remembered for the next sighting. The repository
    whose commits are recorded has none: its own commits say what ran.
    """
    from envgit.operations.sighting import latest_snapshot, showing

    snapshot = latest_snapshot(workspace, sighting)
    if snapshot is None:
        return sighting, ()
    patches: dict[str, bytes] = {}
    warnings: list[Warned] = []
    distributions = list(snapshot.environment.distributions)
    for place, distribution in enumerate(distributions):
        source = distribution.source
        if source is None or not source.editable or not source.commit:
            continue
        try:
            content, untracked = _patch(source, workspace)
        except (_Unpatched, GitFailed) as reason:
            warnings.append(_warned(distribution, f"its uncommitted changes are not recorded: {reason}"))
            continue
        if untracked:
            warnings.append(
                _warned(distribution, f"files that Git does not track are not recorded: {untracked}")
            )
        if content:
            patch = Patch(name=_file_name(distribution.name), sha256=hashlib.sha256(content).hexdigest())
            patches[patch.name] = content
            distributions[place] = replace(distribution, source=replace(source, patch=patch))
    if not patches:
        return sighting, tuple(warnings)
    environment = replace(snapshot.environment, distributions=tuple(distributions))
    shown = showing(workspace, sighting, replace(snapshot, environment=environment))
    return replace(shown, files={**shown.files, **patches}, lasting=False), tuple(warnings)


def unrecorded_changes(workspace: Workspace, sighting: Sighting) -> tuple[Warned, ...]:
    """Warn of editable installs that run code which is in no commit; a hook has no time to look for it."""
    from envgit.operations.sighting import seen_snapshot

    snapshot = seen_snapshot(workspace, sighting)
    warnings = []
    for distribution in snapshot.environment.distributions if snapshot else ():
        source = distribution.source
        if source is None or not source.editable or not source.commit:
            continue
        with suppress(_Unpatched, GitFailed):  # then the snapshot says what could be seen of it
            top = _work_tree(source, workspace)
            if names := _listed(top.run(*_CHANGED)):
                where = f"uncommitted changes in {top.cwd} are not recorded: {names}"
                warnings.append(_warned(distribution, f"{where} (`envgit snapshot --patch` records them)"))
    return tuple(warnings)


def _patch(source: Source, workspace: Workspace) -> tuple[bytes, str]:
    """The changes in a work tree since its commit, and the names of files that Git does not track."""
    top = _work_tree(source, workspace)
    content = top.run(*_DIFF)
    if len(content) > _LONGEST:
        raise _Unpatched(f"they are larger than {_LONGEST >> 20} MB")
    text = content.decode("utf-8", "surrogateescape")
    if redact_text(text) != text:
        raise _Unpatched("they hold what looks like a credential")
    return content, _listed(top.run("ls-files", "-z", "--others", "--exclude-standard"))


def _work_tree(source: Source, workspace: Workspace) -> Git:
    """The work tree that an editable install runs from, at the commit that was seen."""
    location = urlsplit(source.url)
    if location.scheme != "file":
        raise _Unpatched(f"{source.url} is no folder of this machine")
    folder = unquote(location.path)
    if not Path(folder).is_dir():
        raise _Unpatched(f"{folder} is not there")
    git = Git(folder, workspace.environ)
    top = git.at(git.line("rev-parse", "--show-toplevel"))
    if top.line("rev-parse", "HEAD") != source.commit:
        raise _Unpatched(f"{top.cwd} has moved on to another commit")
    return top


def _listed(names: bytes) -> str:
    """Names as Git prints them with ``-z``, the first few of them."""
    found = names.decode("utf-8", "replace").split("\0")[:-1]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def _file_name(name: str) -> str:
    return f"dirty-{re.sub(r'[^a-z0-9-]', '_', name)}.patch"


def _warned(distribution: Distribution, sentence: str) -> Warned:
    return Warned(kind="unpatched", message=f"{distribution.name}: {sentence}")
