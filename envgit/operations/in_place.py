"""Turn the live environment into a snapshot's; it is kept until the new one is proven."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.capture.bringers import Bringers, bringers_below, bringers_of, sharing_with
from envgit.errors import Conflict, RestoreFailed
from envgit.operations.checkout import Restored, checkout, reservations
from envgit.operations.live import capture_prefix
from envgit.operations.marks import Mark, read_mark, stamp_again, stamp_from, write_mark
from envgit.operations.meanwhile import look_at, require_same
from envgit.operations.proof import prove
from envgit.operations.repositories import note_repository
from envgit.operations.stand_ins import build_faithfully
from envgit.plan import changes_of
from envgit.sights import sights_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from envgit.model import Environment, Grade, Graded, Warned
    from envgit.operations.checkout import Prepared
    from envgit.operations.workspace import Workspace
    from envgit.plan import Changes
    from envgit.restore import Progress
    from envgit.sights import Sights

_ELSEWHERE = "rebuild it at another place: envgit checkout REV -p PREFIX"
_SHOWN = 8


class InUse(Conflict):
    """Programs run from the environment that is to be exchanged."""

    kind = "in-use"


class Protected(Conflict):
    """An environment that is not to be changed."""

    kind = "protected"


def check_out_in_place(
    workspace: Workspace, prepared: Prepared, *, yes: bool = False, progress: Progress | None = None
) -> Restored:
    """Turn the environment at ``prepared.prefix`` into the snapshot's.

    A clone of it is changed where the two differ and takes its place; files that no package knows stay. The
    old environment comes back if the new one fails its proof, also when this process is killed.

    Args:
        workspace: the repository.
        prepared: what `prepare` found, with ``in_place``.
        yes: also where programs run from the environment, where it is marked as frozen, and where something
            of the snapshot cannot be had.
        progress: is told how far it has come.

    Raises:
        Conflict: it is in use or protected, or somebody else stands in the way; nothing was changed.
        ArtifactUnavailable, IntegrityError, RestoreFailed: it cannot be had; nothing was changed.
        NotAPrefix: what stands there is no environment, or only half of one.
    """
    from envgit import restore

    began = time.monotonic()
    note_repository(workspace.cache, workspace.repository.common_dir)
    progress = progress or restore.Silent()
    prefix = prepared.prefix
    restore.recover(prefix)
    if not prefix.exists() and not prefix.is_symlink():
        return checkout(workspace, prepared, progress=progress)
    with restore.exclusive(prefix, cache=workspace.cache, progress=progress):
        restore.clear(prefix)
        _require_possible(prepared)
        _require_free(workspace, prefix, yes=yes)
        seen = look_at(prefix)
        wanted = prepared.revision.snapshot
        captured = capture_prefix(workspace, str(prefix))
        current = _looked_into(workspace, captured.environment, wanted.environment)
        _require_same_kind(prefix, current, wanted.environment)
        standing = _Standing(
            prefix=prefix, seen=seen, current=current, trusted=_trusted(seen, prefix, current)
        )
        changes = standing.changes_to(wanted.environment)
        reused = not changes and _settings(current) == _settings(wanted.environment)
        cautions: tuple[str, ...] = ()
        if reused:
            grade, packages = prove(workspace, wanted, prefix)
        else:
            _require_whole(captured.warnings)
            grade, packages, cautions = _exchange(workspace, prepared, standing, yes=yes, progress=progress)
    return Restored(
        snapshot=wanted.id,
        prefix=prefix,
        grade=grade,
        packages=packages,
        cautions=(*prepared.plan.cautions, *_of_engine(prepared), *cautions, *reservations(packages)),
        seconds=time.monotonic() - began,
        reused=reused,
    )


def _require_possible(prepared: Prepared) -> None:
    if prepared.plan.blockers:
        reasons = "; ".join(prepared.plan.blockers)
        raise RestoreFailed(f"{prepared.revision.label} cannot be restored: {reasons}")


def _require_whole(warnings: Collection[Warned]) -> None:
    """Refuse to change packages where it is not known which there are: nobody could remove their files."""
    damaged = [warned.message for warned in warnings if warned.kind == "corrupt-record"]
    if damaged:
        raise RestoreFailed(
            f"the environment was left as it is, for a package's record is damaged: {'; '.join(damaged)}",
            hint=_ELSEWHERE,
        )


def _of_engine(prepared: Prepared) -> Iterator[str]:
    engine = prepared.settings.engine
    if engine not in {"auto", "rattler"} and prepared.revision.snapshot.environment.kind == "conda":
        yield f"{engine} builds environments, and envgit's own engine changes them in place: it was used"


def _require_free(workspace: Workspace, prefix: Path, *, yes: bool) -> None:
    """Refuse to change what must stay, and what may be changed only when it is really meant."""
    from envgit import restore

    tree = workspace.repository.work_tree
    needed = (workspace.cache, *((Path(tree),) if tree else ()))
    never = restore.why_never(prefix, needed=needed)
    if never:
        raise Protected(f"{prefix} is not changed in place: {never}", hint=_ELSEWHERE)
    if yes:
        return
    frozen = restore.frozen(prefix)
    if frozen is not None:
        said = f": {frozen}" if frozen else ""
        raise Protected(f"{prefix} is marked as frozen{said}", hint="to change it all the same: --yes")
    _require_unused(prefix)


def _require_unused(prefix: Path) -> None:
    from envgit import restore

    running = restore.running_from(prefix)
    if running:
        listed = ", ".join(f"{one.name} ({one.pid})" for one in running[:_SHOWN])
        more = f" and {len(running) - _SHOWN} more" if len(running) > _SHOWN else ""
        raise InUse(
            f"{prefix} is in use: {listed}{more}",
            hint="end these programs first, or change it all the same: --yes",
        )


def _require_same_kind(prefix: Path, current: Environment, wanted: Environment) -> None:
    if (current.kind, current.kind == "venv" and current.python) != (
        wanted.kind,
        wanted.kind == "venv" and wanted.python,
    ):
        raise RestoreFailed(
            f"{prefix} cannot become the snapshot's in place: {_described(current)} stands there, "
            f"and {_described(wanted)} is wanted",
            hint=_ELSEWHERE,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Standing:
    """What stands at a prefix: how its files were seen, and what of it can be trusted to be what it says."""

    prefix: Path
    seen: Sights
    current: Environment
    trusted: Environment

    def changes_to(self, wanted: Environment) -> Changes:
        """What has to be done; packages with altered files, and those that share files, are brought anew."""
        changes = changes_of(self.trusted, wanted)
        if not changes:
            return changes
        trusted = _with_distrust(self.trusted, _led_outside(self.seen, self.prefix))
        unlinked = {package.name for package in changes_of(trusted, wanted).unlinked}
        return changes_of(_with_distrust(trusted, sharing_with(self.prefix, unlinked)), wanted)


def _settings(environment: Environment) -> tuple[object, ...]:
    """What an environment holds beside packages, and is run with."""
    return tuple(variable.name for variable in environment.variables), environment.pins


def _described(environment: Environment) -> str:
    python = f" with Python {environment.python}" if environment.python else ""
    return f"a {'venv' if environment.kind == 'venv' else 'conda environment'}{python}"


def _trusted(seen: Sights, prefix: Path, current: Environment) -> Environment:
    """The environment, its packages with altered files so marked that they are the same as no other.

    What envgit restored is known to be good for as long as no file was touched.
    """
    from envgit.capture.files import check_files

    mark = read_mark(prefix)
    if mark is not None and mark.captured and mark.stamp == stamp_from(seen):
        return current
    checked = check_files(prefix)
    return _with_distrust(current, bringers_of(prefix, {*checked.altered, *checked.missing}))


def _led_outside(seen: Sights, prefix: Path) -> Bringers:
    """The packages with files behind links that lead out of the environment, where nothing is ever changed.

    Once packages change they are brought anew: inside, for another one may put a folder in the link's place.
    """
    from envgit import restore

    return bringers_below(prefix, tuple(restore.links_out(prefix, seen.links())))


def _looked_into(workspace: Workspace, current: Environment, wanted: Environment) -> Environment:
    """The environment, with what a capture does not tell of its editable installs: what code they run.

    Those that run other code than is wanted are so marked; the others hold the changes wanted of them.
    """
    from envgit.restore import strayed

    astray = {note.name for note in strayed(wanted, current, environ=workspace.environ)}
    patches = {d.name: d.source.patch for d in wanted.additions if d.source and d.name not in astray}
    told = tuple(
        replace(d, source=replace(d.source, patch=patches.get(d.name)))
        if d.source and d.source.editable and d.source.commit
        else d
        for d in current.distributions
    )
    return _with_distrust(
        replace(current, distributions=told), Bringers(conda=frozenset(), pypi=frozenset(astray))
    )


def _with_distrust(environment: Environment, spoilt: Bringers) -> Environment:
    return replace(
        environment,
        conda=tuple(
            replace(p, sha256=None, md5=None, url=None) if p.name in spoilt.conda else p
            for p in environment.conda
        ),
        distributions=tuple(
            replace(d, digest=None, version=f"{d.version} (altered)") if d.name in spoilt.pypi else d
            for d in environment.distributions
        ),
    )


def _exchange(
    workspace: Workspace,
    prepared: Prepared,
    standing: _Standing,
    *,
    yes: bool,
    progress: Progress,
) -> tuple[Grade, tuple[Graded, ...], tuple[str, ...]]:
    """Change a clone, let it stand in the environment's place, and prove it there.

    What stood there has to be as it was ``seen`` until the end: what others write into it would be lost.
    """
    from envgit import restore

    prefix, wanted, settings = prepared.prefix, prepared.revision.snapshot, prepared.settings
    seen = standing.seen
    cautions: tuple[str, ...] = ()
    with restore.staged(prefix) as staging:

        def change_to(environment: Environment) -> tuple[Graded, ...]:
            nonlocal cautions
            changed = restore.change(
                standing.changes_to(environment),
                standing.current,
                environment,
                seen=seen,
                staging=staging,
                prefix=prefix,
                settings=settings,
                progress=progress,
            )
            cautions = changed.cautions
            return changed.notes

        notes = build_faithfully(
            wanted.environment, change_to, host=prepared.host, settings=settings, progress=progress
        )
        write_mark(staging, Mark(snapshot=wanted.id))
        if not yes:
            _require_unused(prefix)
        require_same(seen, prefix, prefix)
        with restore.swapped(staging, prefix):
            now = sights_of(prefix)
            grade, packages = prove(workspace, wanted, prefix, notes, stamp=stamp_from(now))
            _require_faithful(prefix, packages, yes=yes or settings.allow_substitutes)
            _require_files(prefix, kept=now.shared(seen))
            require_same(seen, staging, prefix)
    stamp_again(prefix, now)
    return grade, packages, (*cautions, *_left_over(staging))


def _left_over(staging: Path) -> Iterator[str]:
    if os.path.lexists(staging):
        yield (
            f"the old environment could not be removed altogether: what is left of it is {staging}, and the "
            "next checkout there tries again"
        )


def _require_faithful(prefix: Path, packages: Collection[Graded], *, yes: bool) -> None:
    """Keep what works rather than take what lacks something."""
    lacking = [one for one in packages if one.grade in {"substituted", "missing"}]
    if lacking and not yes:
        first = "; ".join(f"{one.name}: {one.reason}" for one in lacking[:_SHOWN])
        raise RestoreFailed(
            f"{prefix} was left as it is, for not all of the snapshot can be had: {first}",
            hint="to take what can be had all the same: --yes",
        )


def _require_files(prefix: Path, *, kept: frozenset[str]) -> None:
    """Check every file that was brought, and that none is gone; what was ``kept`` was checked before."""
    from envgit.capture.files import check_files

    checked = check_files(prefix, kept=kept, listing=lambda _: ())
    wrong = (*checked.altered, *checked.missing)
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise RestoreFailed(
            f"{prefix} was left as it is, for files of the new environment are not what their packages "
            f"brought: {', '.join(wrong[:_SHOWN])}{more}",
            hint=_ELSEWHERE,
        )
