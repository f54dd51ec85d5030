"""A drift as an HTML page that stands alone: no script, nothing loaded from anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from envgit.drift import printable, summarise
from envgit.render.phrases import (
    Endpoint,
    counts_in_words,
    in_reading_order,
    phrase,
    settings_in_words,
    switches_in_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import Change, Drift

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --up: #0072b2; --down: #a84300; --switch: #8a3a6b; }}
@media (prefers-color-scheme: dark) {{ :root {{ --up: #56b4e9; --down: #e69f00; --switch: #e3a1c9; }} }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; overflow-wrap: anywhere; }}
.switches {{ color: var(--switch); border-inline-start: .3rem solid; padding: .2rem 2rem; font-weight: 600; }}
table {{ border-collapse: collapse; }}
caption {{ text-align: start; padding: .5rem 0; }}
th, td {{ text-align: start; padding: .2rem 1rem .2rem 0; vertical-align: top; overflow-wrap: anywhere; }}
tbody th {{ font-weight: inherit; }}
tr {{ border-bottom: 1px solid #8884; break-inside: avoid; }}
thead {{ display: table-header-group; }}
.added, .upgraded {{ color: var(--up); }}
.removed, .downgraded {{ color: var(--down); }}
.major {{ font-weight: 700; }}
@media print {{ body {{ max-width: none; margin: 0; font-size: 10pt; }} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{summary}</p>
{body}
</main>
</body>
</html>"""


def drift_html(drift: Drift, from_: Endpoint, to: Endpoint, *, notes: Sequence[str] = ()) -> str:
    """A whole page: the summary, what may change numbers, a table of packages, a list of settings.

    ``notes`` say what a reader may not expect of the two ends.
    """
    parts = [*_switches(drift), *_table(drift), *_settings(drift)]
    return _PAGE.format(
        title=_text(f"Environment drift: {from_} → {to}"),
        summary=_text(summarise(drift)),
        body="\n".join([*_list(notes, "<ul>"), *(parts or [f"<p>{counts_in_words(drift)}</p>"])]),
    )


def _switches(drift: Drift) -> Iterator[str]:
    yield from _list(switches_in_words(drift), '<ul class="switches">')


def _table(drift: Drift) -> Iterator[str]:
    if not drift.changes:
        return
    yield "<table>"
    legend = "; requested packages in bold" if any(change.requested for change in drift.changes) else ""
    yield f"<caption>{counts_in_words(drift)}{legend}</caption>"
    headers = ("Change", "Package", "Layer", "Before", "After", "Size", "Note")
    columns = "".join(f'<th scope="col">{header}</th>' for header in headers)
    yield f"<thead><tr>{columns}</tr></thead>"
    yield "<tbody>"
    yield from map(_row, in_reading_order(drift.changes))
    yield "</tbody>"
    yield "</table>"


def _row(change: Change) -> str:
    said = phrase(change)
    name = f"<strong>{_text(said.name)}</strong>" if change.requested else _text(said.name)
    classes = " ".join(filter(None, [change.kind, "major" if said.size == "major" else ""]))
    cells = (said.layer, *map(_text, (said.before, said.after)), said.size, _text(said.note))
    return (
        f'<tr class="{classes}"><td>{said.symbol} {change.kind}</td>'
        f'<th scope="row">{name}</th><td>{"</td><td>".join(cells)}</td></tr>'
    )


def _settings(drift: Drift) -> Iterator[str]:
    yield from _list(list(settings_in_words(drift)), "<ul>")


def _list(sentences: Sequence[str], opening: str) -> Iterator[str]:
    if sentences:
        yield opening
        yield from (f"<li>{_text(sentence)}</li>" for sentence in sentences)
        yield "</ul>"


def _text(text: str) -> str:
    return escape(printable(text))
