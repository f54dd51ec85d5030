"""The Python layer of an environment: distributions on top of what conda or a venv brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envgit.model import Graded
from envgit.restore.faults import refused_to
from envgit.restore.layout import layout_of
from envgit.restore.pypi.requirements import Unobtainable, requirement_of
from envgit.restore.pypi.settling import settle
from envgit.restore.pypi.uv import Uv, find_uv
from envgit.restore.staging import suffix_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from envgit.model import Distribution, Environment
    from envgit.restore.layout import Layout
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings


def install_pypi(
    environment: Environment, *, staging: Path, prefix: Path, settings: RestoreSettings, progress: Progress
) -> tuple[Graded, ...]:
    """Install an environment's Python layer into ``staging``, ready to be moved to ``prefix``.

    Returns:
        The distributions that could not be had, graded ``missing`` with the reason.

    Raises:
        RestoreFailed: the environment has no Python that runs, or the disk refuses.
    """
    layer = environment.pypi
    if not layer:
        return ()
    layout = layout_of(staging)
    progress.start("Installing distributions", len(layer), "distributions")
    installer = _Installer(uv=find_uv(settings), layout=layout, prefix=prefix, progress=progress)
    asked = [(d, requirement_of(d, staging=staging, settings=settings)) for d in layer]
    for distribution, refusal in asked:
        if isinstance(refusal, Unobtainable):
            installer.miss(distribution, str(refusal))
    installer.install([(d, line) for d, line in asked if isinstance(line, str)])
    missing = {note.name for note in installer.missing}
    settle([d for d in layer if d.name not in missing], layout, suffix_of(staging, prefix))
    progress.finish()
    return tuple(installer.missing)


@dataclass(kw_only=True, slots=True)
class _Installer:
    """Installs what can be had, and finds out what cannot."""

    uv: Uv
    layout: Layout
    prefix: Path
    progress: Progress
    missing: list[Graded] = field(default_factory=list)

    def install(self, wanted: Sequence[tuple[Distribution, str]]) -> None:
        """Install all at once. If that fails, go on with each half, down to the one that is at fault.

        uv installs all or nothing, and its message names one culprit at most.
        """
        if not wanted:
            return
        # What pip put over conda's files may have the version that conda brought, and other contents.
        again = [distribution.name for distribution, _ in wanted if distribution.owner == "clobbered"]
        ran = self.uv.install([line for _, line in wanted], self.layout.python, again=again)
        if ran.ok:
            self.progress.advance(len(wanted))
            return
        failure = refused_to("uv", ran.output, self.prefix)
        if failure is not None:
            raise failure
        if len(wanted) == 1:
            self.miss(wanted[0][0], ran.reason)
            return
        if ran.unreachable:  # what is in the cache can be had; asking again for each would take minutes
            self.uv = self.uv.without_network()
        middle = len(wanted) // 2
        self.install(wanted[:middle])
        self.install(wanted[middle:])

    def miss(self, distribution: Distribution, reason: str) -> None:
        """Note that a distribution cannot be had."""
        source = distribution.source.url if distribution.source else "index"
        self.missing.append(
            Graded(layer="pypi", name=distribution.name, grade="missing", source=source, reason=reason)
        )
        self.progress.advance(1)
