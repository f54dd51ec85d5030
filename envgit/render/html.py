"""A drift as an HTML page that stands alone: no script, nothing loaded from anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from envgit.drift import printable, summarise
from envgit.render.phrases import Endpoint, counts_in_words, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

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
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; overflow-wrap: anywhere; }}
tr {{ border-bottom: 1px solid #8884; }}
.added, .upgraded {{ color: light-dark(#0072b2, #56b4e9); }}
.removed, .downgraded {{ color: light-dark(#a84300, #e69f00); }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{summary}</p>
{body}
<p>{counts}</p>
</body>
</html>"""


def drift_html(drift: Drift, from_: Endpoint, to: Endpoint) -> str:
    """A whole page: the summary, a table of packages, a list of settings, the counts."""
    return _PAGE.format(
        title=_text(f"Environment drift: {from_} → {to}"),
        summary=_text(summarise(drift)),
        body="\n".join([*_table(drift.changes), *_settings(drift)]),
        counts=counts_in_words(drift),
    )


def _table(changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        return
    yield "<table>"
    yield "<tr><th></th><th>Package</th><th>Layer</th><th>Before</th><th>After</th><th></th></tr>"
    for change in changes:
        said = phrase(change)
        name = f"<strong>{_text(said.name)}</strong>" if change.requested else _text(said.name)
        cells = (said.symbol, name, said.layer, *map(_text, (said.before, said.after, said.note)))
        yield f'<tr class="{change.kind}"><td>{"</td><td>".join(cells)}</td></tr>'
    yield "</table>"


def _settings(drift: Drift) -> Iterator[str]:
    if drift.differences:
        yield "<ul>"
        yield from (f"<li>{_text(difference.sentence)}</li>" for difference in drift.differences)
        yield "</ul>"


def _text(text: str) -> str:
    return escape(printable(text))
