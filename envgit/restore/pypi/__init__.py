"""The Python layer of an environment: distributions on top of what conda or a venv brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envgit.model import Graded
from envgit.restore.faults import refused_to
from envgit.restore.layout import layout_of
from envgit.restore.pypi.alterations import altered_files, drop_unreadable_record
from envgit.restore.pypi.requirements import Unobtainable, is_name, requirement_of
from envgit.restore.pypi.settling import settle
from envgit.restore.pypi.uv import Uv, find_uv
from envgit.restore.staging import suffix_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from envgit.model import Distribution, Environment, Grade
    from envgit.restore.layout import Layout
    from envgit.restore.progress import Progress
    from envgit.restore.pypi.uv import Ran
    from envgit.restore.settings import RestoreSettings


def install_pypi(
    environment: Environment, *, staging: Path, prefix: Path, settings: RestoreSettings, progress: Progress
) -> tuple[Graded, ...]:
    """Install an environment's Python layer into ``staging``, ready to be moved to ``prefix``.

    Every file is compared with its RECORD before it is moved.

    Returns:
        The distributions that could not be had, graded ``missing``, and those whose files are not what
        their RECORD says, graded ``rebuilt``, with the reason.

    Raises:
        RestoreFailed: the environment has no Python that runs, or the disk refuses.
    """
    layer = environment.additions
    if not environment.pypi:
        return ()
    layout = layout_of(staging)
    progress.start("Installing distributions", len(layer), "distributions")
    installer = _Installer(uv=find_uv(settings), layout=layout, prefix=prefix, progress=progress)
    removals = [d.name for d in environment.removals if is_name(d.name)]
    if removals:  # should it fail, the proof finds conda's distribution where there was none
        installer.uv.uninstall(removals, layout.python)
    asked = [(d, requirement_of(d, staging=staging, settings=settings)) for d in layer]
    for distribution, refusal in asked:
        if isinstance(refusal, Unobtainable):
            installer.miss(distribution, str(refusal))
    installer.install([(d, line) for d, line in asked if isinstance(line, str)])
    missing = {note.name for note in installer.missing}
    there = [(d, line) for d, line in asked if isinstance(line, str) and d.name not in missing]
    altered = _renew_altered(there, installer.uv, layout)
    settle([d for d, _ in there], layout, suffix_of(staging, prefix))
    progress.finish()
    return (*installer.missing, *altered)


def _renew_altered(there: Sequence[tuple[Distribution, str]], uv: Uv, layout: Layout) -> list[Graded]:
    """Install what is not as recorded again, bypassing uv's cache; returns notes on what is still not."""
    altered = altered_files(layout.site_packages, [d.name for d, _ in there])
    refusals: dict[str, str] = {}
    for distribution, line in there:
        if distribution.name in altered:
            ran = _anew(distribution.name, line, uv, layout)
            if not ran.ok:
                refusals[distribution.name] = ran.reason
            if ran.unreachable:
                uv = uv.without_network()
    still = altered_files(layout.site_packages, [d.name for d, _ in there]) if altered else {}
    return [
        _note(d, "rebuilt", _altered_reason(d.name, still[d.name], refusals.get(d.name)))
        for d, _ in there
        if d.name in still
    ]


def _anew(name: str, line: str, uv: Uv, layout: Layout) -> Ran:
    """Install one distribution from where it came, bypassing uv's cache, over what was made of it."""
    drop_unreadable_record(layout.site_packages, name)
    return uv.without_cache().install([line], layout.python, again=[name])


def _altered_reason(name: str, file: str, refusal: str | None) -> str:
    differs = "it has no RECORD" if file == "RECORD" else f"{file} is not what its RECORD says"
    if refusal is None:
        return f"{differs}, nor is it in the distribution as it was fetched anew"
    return f"{differs}: uv's cache is spoilt (uv cache clean {name}), and without it: {refusal}"


def _note(distribution: Distribution, grade: Grade, reason: str) -> Graded:
    source = distribution.source.url if distribution.source else "index"
    return Graded(layer="pypi", name=distribution.name, grade=grade, source=source, reason=reason)


@dataclass(kw_only=True, slots=True)
class _Installer:
    """Installs what can be had, and finds out what cannot."""

    uv: Uv
    layout: Layout
    prefix: Path
    progress: Progress
    missing: list[Graded] = field(default_factory=list)
    #: Whether a run was broken off by a damaged wheel, which may have left others in halves.
    broken_off: bool = False

    def install(self, wanted: Sequence[tuple[Distribution, str]]) -> None:
        """Install all at once. If that fails, go on with each half, down to the one that is at fault.

        uv installs all or nothing, and its message names one culprit at most.
        """
        if not wanted:
            return
        # What pip put over conda's files may have the version that conda brought, and other contents.
        again = [d.name for d, _ in wanted if d.owner == "clobbered" or self.broken_off]
        lines = [line for _, line in wanted]
        ran = self.uv.install(lines, self.layout.python, again=again)
        self.broken_off = self.broken_off or ran.damaged
        anew = ran.damaged and len(wanted) == 1
        if anew:
            damage, name = ran.reason, wanted[0][0].name
            ran = _anew(name, lines[0], self.uv, self.layout)
        if ran.ok:
            self.progress.advance(len(wanted))
            return
        failure = refused_to("uv", ran.output, self.prefix)
        if failure is not None:
            raise failure
        if len(wanted) == 1:
            spoilt = f"{damage} (uv cache clean {name}), and without uv's cache: " if anew else ""
            self.miss(wanted[0][0], spoilt + ran.reason)
            return
        if ran.unreachable:  # what is in the cache can be had; asking again for each would take minutes
            self.uv = self.uv.without_network()
        middle = len(wanted) // 2
        self.install(wanted[:middle])
        self.install(wanted[middle:])

    def miss(self, distribution: Distribution, reason: str) -> None:
        """Note that a distribution cannot be had."""
        self.missing.append(_note(distribution, "missing", reason))
        self.progress.advance(1)
