"""What a person reads on a terminal. Reads well at 80 columns, and in a pipe; needs no colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from envgit.drift import summarise_environment
from envgit.render.drift_text import drift_body, drift_lines, stat_lines
from envgit.render.phrases import REQUESTED, SHORT_ID, Endpoint, endpoint_of
from envgit.render.screen import Fitted, cell, columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from envgit.model import Drift, Environment, Observation
    from envgit.operations.log import LogEntry, Shown
    from envgit.operations.status import Status
    from envgit.operations.tag import Baseline

_BLANK = Text()
#: Digits of a snapshot's id and of a commit where many stand below each other.
_LOG_ID = 8
_COMMIT = 7


def drift_view(drift: Drift, from_: Endpoint, to: Endpoint) -> RenderableType:
    """Every change of a drift, under what of it may change numbers."""
    return Fitted(lambda width: drift_lines(drift, from_, to, width=width))


def drift_stat(drift: Drift, from_: Endpoint, to: Endpoint) -> RenderableType:
    """A drift as counts."""
    return Fitted(lambda width: stat_lines(drift, from_, to, width=width))


def drift_part(drift: Drift) -> RenderableType:
    """A drift without its ends, as a part of another view."""
    return Fitted(lambda width: drift_body(drift, width=width))


def status_view(status: Status) -> RenderableType:
    """The live environment against the snapshot of HEAD, and the next command."""
    recorded = endpoint_of(status.recorded)
    seen = f", seen {_minute(status.recorded.observation)}" if status.recorded.observation else ""
    facts = _facts(
        ("environment", status.environment),
        ("prefix", status.prefix),
        ("recorded", f"{recorded}{seen}"),
        ("live", "the same" if status.clean else status.live[:SHORT_ID]),
        *(("note", note) for note in status.notes),
    )
    parts: list[RenderableType] = [facts, _BLANK]
    if status.drift or not status.clean:
        parts.append(drift_part(status.drift))
    if status.clean:
        return Group(*parts, Text("The live environment is the recorded one."))
    back = f"To bring the recorded one back: envgit checkout {recorded.snapshot[:SHORT_ID]} --in-place"
    return Group(*parts, _BLANK, Text(back), Text("To record the live one: envgit snapshot"))


def file_view(content: bytes) -> RenderableType:
    """A file on a terminal: its lines, in which control characters show as escapes."""
    return Group(*(cell(line) for line in content.decode(errors="backslashreplace").splitlines()))


def snapshot_view(shown: Shown) -> RenderableType:
    """One snapshot: what it is, where it was seen, every package."""
    environment = shown.revision.snapshot.environment
    facts = _facts(
        ("snapshot", shown.revision.snapshot.id),
        ("baselines", ", ".join(_given(shown.tags))),
        *_sighting(shown.revision.observation),
        ("holds", summarise_environment(environment)),
        ("platform", f"{environment.platform} ({environment.kind})"),
        ("channels", _channels(environment)),
        ("pins", ", ".join(environment.pins)),
        ("patches", ", ".join(d.name for d in environment.pypi if d.source and d.source.patch)),
        ("variables", ", ".join(variable.name for variable in environment.variables)),
        ("note", shown.revision.note),
    )
    return Group(facts, _BLANK, _packages_table(environment))


def observations_table(entries: Sequence[LogEntry]) -> RenderableType:
    """Sightings newest first. Of a run of unchanged ones the first is told and the others are counted.

    Where they are of several environments, each says of which.
    """
    several = len({entry.observation.environment for entry in entries}) > 1
    table = columns("snapshot", "seen", "code", *(["environment"] if several else []), "what changed")
    for entry in entries:
        seen, names = entry.observation, ", ".join(_given(entry.tags))
        table.add_row(
            cell(seen.snapshot[:_LOG_ID], "cyan"),
            cell(_minute(seen)),
            cell((seen.code_commit or "")[:_COMMIT]),
            *([cell(seen.environment)] if several else []),
            Text.assemble(cell(f"({names}) " if names else "", "bold"), _news(entry)),
        )
        if entry.repeated:
            again = "sighting" if entry.repeated == 1 else "sightings"
            words = "not observed either" if entry.unobserved else "unchanged"
            blanks = [""] * (len(table.columns) - 1)
            table.add_row(*blanks, Text(f"{entry.repeated} later {again}, {words}", style="dim"))
    return table


def _news(entry: LogEntry) -> Text:
    if entry.unobserved:
        return cell(f"not observed: {entry.unobserved}", "yellow")
    return cell(entry.observation.summary)


def baselines_table(baselines: Sequence[Baseline]) -> RenderableType:
    """The named snapshots."""
    table = columns("baseline", "snapshot", "seen", "about")
    for baseline in baselines:
        seen = baseline.observation
        table.add_row(
            cell(baseline.name, "bold"),
            cell(seen.snapshot[:_LOG_ID], "cyan"),
            cell(_minute(seen)),
            cell(baseline.message),
        )
    return table


def _packages_table(environment: Environment) -> RenderableType:
    table = columns("package", "layer", "version", "build", "from")
    for package in environment.conda:
        name = package.name + (REQUESTED if package.requested else "")
        table.add_row(*map(cell, (name, "conda", package.version, package.build, package.channel)))
    for dist in environment.additions:
        name = dist.name + (REQUESTED if dist.requested else "")
        origin = (dist.source.repository or dist.source.url) if dist.source else "pypi"
        over = f"over conda's {dist.conda_package}" if dist.owner == "clobbered" else ""
        place = ", ".join(filter(None, [origin, over]))
        table.add_row(*map(cell, (name, "pip", dist.version, "", place)))
    for dist in environment.removals:
        table.add_row(
            *map(cell, (dist.name, "pip", "", "", f"uninstalled, was conda's {dist.conda_package}"))
        )
    return table


def _facts(*facts: tuple[str, str]) -> RenderableType:
    """Names and values, without those that have none."""
    table = columns("", "")
    for name, value in facts:
        if value:
            table.add_row(Text(name, style="bold"), cell(value))
    return table


def _sighting(seen: Observation | None) -> Iterator[tuple[str, str]]:
    if seen:
        code = f" with commit {seen.code_commit[:_COMMIT]}" if seen.code_commit else ""
        yield "seen", f"{_minute(seen)}{code} ({seen.trigger})"
        yield "environment", seen.environment
        yield "change", seen.summary


def _channels(environment: Environment) -> str:
    priority = f" ({environment.channel_priority} priority)" if environment.channel_priority else ""
    return ", ".join(environment.channels) + priority if environment.channels else ""


def _given(tags: Sequence[str]) -> list[str]:
    """Names that somebody gave: the automatic tag of every change only repeats its date and id."""
    return [tag for tag in tags if not tag.startswith("auto/")]


def _minute(seen: Observation) -> str:
    """When, to the minute, in the time zone it was seen in."""
    return seen.time[:16].replace("T", " ")
