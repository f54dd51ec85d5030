"""The Python layer of an environment: distributions on top of what conda or a venv brings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envgit.model import Graded
from envgit.restore.enclosure import enclosed
from envgit.restore.layout import layout_of
from envgit.restore.prefix.staging import suffix_of
from envgit.restore.pypi.alterations import altered_files
from envgit.restore.pypi.installing import Installer, Wish
from envgit.restore.pypi.refusals import Refusal
from envgit.restore.pypi.resolving import Resolved, resolve
from envgit.restore.pypi.settling import settle
from envgit.restore.pypi.strangers import Unobtainable, is_name
from envgit.restore.pypi.uv import find_uv
from envgit.restore.pypi.ways import usual_index, ways_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from envgit.model import Distribution, Environment, Grade
    from envgit.restore.layout import Layout
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings


def install_pypi(
    environment: Environment, *, staging: Path, prefix: Path, settings: RestoreSettings, progress: Progress
) -> tuple[Graded, ...]:
    """Install an environment's Python layer into ``staging``, ready to be moved to ``prefix``.

    Nothing comes with it that it does not list, except where ``settings.resolve`` says that people wrote the
    list. Every file is compared with its RECORD before it is moved.

    Returns:
        The distributions that could not be had, graded ``missing``, and those whose files are not what
        their RECORD says, graded ``rebuilt``, with the reason; of what came back ``exact``, where it was had,
        and what is to be said of it all the same.

    Raises:
        RestoreFailed: the environment has no Python that runs, or the disk refuses.
    """
    if not environment.pypi:
        return ()
    layout = layout_of(staging)
    uv = find_uv(settings)
    installer = Installer(uv=uv, layout=layout, prefix=prefix, progress=progress)
    removals = [d.name for d in environment.removals if is_name(d.name)]
    resolved = Resolved(layer=environment.additions)
    if settings.resolve:
        progress.start("Resolving distributions", len(resolved.layer), "distributions")
        resolved = resolve(resolved.layer, uv, layout.python, staging=staging, settings=settings)
    layer = resolved.layer
    progress.start("Installing distributions", len(layer), "distributions")
    with enclosed(staging):
        wishes = _wishes(layer, staging, settings)
        if removals:  # should it fail, the proof finds conda's distribution where there was none
            installer.uv.uninstall(removals, layout.python)
        installer.install(wish for wish in wishes if wish.ways)
        altered = [*_renew_altered(installer, layout)]
    fulfilled = [wish.distribution for wish in installer.installed]
    settle(fulfilled, layout, staging=staging, suffix=suffix_of(staging, prefix))
    progress.finish()
    missed = [*(wish for wish in wishes if not wish.ways), *installer.missed]
    return (
        *resolved.notes,
        *map(_as_missed, _as_listed(missed, layer)),
        *altered,
        *map(_as_it_came, installer.installed),
    )


def _wishes(layer: Sequence[Distribution], staging: Path, settings: RestoreSettings) -> list[Wish]:
    """Each distribution with the ways to have it, or with none and why."""
    usual = usual_index(layer)
    wishes = []
    for distribution in layer:
        try:
            ways = ways_of(distribution, usual=usual, staging=staging, settings=settings)
            wishes.append(Wish(distribution=distribution, ways=ways))
        except Unobtainable as reason:
            wishes.append(
                Wish(
                    distribution=distribution,
                    ways=(),
                    refusals=(Refusal(brief=str(reason), full=str(reason)),),
                )
            )
    return wishes


def _as_listed(wishes: Sequence[Wish], layer: Sequence[Distribution]) -> list[Wish]:
    places = {distribution.name: place for place, distribution in enumerate(layer)}
    return sorted(wishes, key=lambda wish: places[wish.name])


def _renew_altered(installer: Installer, layout: Layout) -> Iterator[Graded]:
    """Install what is not as recorded again, bypassing uv's cache; gives notes on what is still not."""
    names = [wish.name for wish in installer.installed]
    altered = altered_files(layout.site_packages, names)
    refusals: dict[str, str] = {}
    for wish in installer.installed:
        if wish.name in altered:
            ran = installer.anew(wish)
            if not ran.ok:
                refusals[wish.name] = ran.reason
    still = altered_files(layout.site_packages, names) if altered else {}
    for wish in installer.installed:
        if wish.name in still:
            reason = _altered_reason(wish.name, still[wish.name], refusals.get(wish.name))
            yield _note(wish.distribution, "rebuilt", reason)


def _altered_reason(name: str, file: str, refusal: str | None) -> str:
    differs = "it has no RECORD" if file == "RECORD" else f"{file} is not what its RECORD says"
    if refusal is None:
        return f"{differs}, nor is it in the distribution as it was fetched anew"
    return f"{differs}: uv's cache is spoilt (uv cache clean {name}), and without it: {refusal}"


def _as_it_came(wish: Wish) -> Graded:
    """From where it was had in the end, which need not be the place that was recorded."""
    return replace(_note(wish.distribution, wish.way.grade, wish.way.remark), source=wish.way.origin.place)


def _as_missed(wish: Wish) -> Graded:
    details = wish.details if wish.details != wish.reason else ""
    return replace(_note(wish.distribution, "missing", wish.reason), details=details)


def _note(distribution: Distribution, grade: Grade, reason: str) -> Graded:
    source = distribution.source.url if distribution.source else "index"
    return Graded(layer="pypi", name=distribution.name, grade=grade, source=source, reason=reason)
