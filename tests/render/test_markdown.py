from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given

from envgit.drift import summarise
from envgit.model import Drift
from envgit.render.markdown import LIMIT, drift_markdown
from envgit.render.phrases import Endpoint
from tests.drift.environments import DRIFTS
from tests.render.nouns import AFTER, BEFORE, EVERY_KIND, HOSTILE, UPGRADED


def test_a_drift_fits_the_comment_on_a_pull_request() -> None:
    assert (
        drift_markdown(EVERY_KIND, BEFORE, AFTER)
        == f"""\
### Environment drift: `paper-v1 (3f2a9c1d0b5e)` → `live (77aa9c1d0b5e)`

`{summarise(EVERY_KIND)}`

- **`BLAS openblas → mkl`**

- `channel bioconda added after conda-forge`
- `variable CUDA_HOME added`

| | Package | Layer | Before | After | Size | |
|---|---|---|---|---|---|---|
| ↑ | **`numpy`** | conda | `1.26.4` | `2.1.0` | **major** |  |
| ~ | **`torch`** | pip | `2.1` | `2.2` |  | `moved from conda's pytorch to pip` |
| ~ | `requests` | pip | `2.31.0` | `2.32.4` | minor | `moved from conda to pip, \
installed over conda's package` |
| ↓ | `scipy` | conda | `1.12` | `1.11` | minor | `from defaults, with numpy, pandas and 1 more` |
| - | `m4` | conda | `1.4` |  |  | `went with autoconf` |
| + | `libiconv` | conda |  | `1.17` |  | `from conda-forge` |
| + | `rich` | pip |  | `13.7.0` |  |  |
| ~ | `zlib` | conda | `1.2.13` | `1.2.13` |  | `rechanneled, conda-forge → defaults` |
| ~ | `openssl` | conda | `3.2.0` | `3.2.0` | build | `h1234567_0 → h7654321_1` |
| ~ | `libblas` | conda | `3.9` | `3.9` |  | `rebuilt, other bytes` |
| ~ | `attrs` | conda | `23.1` | `23.1` |  | `metadata, depends +python >=3.9, −python` |"""
    )


def test_no_drift_is_a_heading_and_a_word() -> None:
    assert (
        drift_markdown(Drift(), BEFORE, AFTER)
        == "### Environment drift: `paper-v1 (3f2a9c1d0b5e)` → `live (77aa9c1d0b5e)`\n\n`unchanged`"
    )


def test_a_long_drift_is_folded_under_its_counts() -> None:
    changes = tuple(replace(UPGRADED, name=f"package-{n}") for n in range(30))
    lines = drift_markdown(Drift(changes=changes, switches=EVERY_KIND.switches), BEFORE, AFTER).splitlines()
    assert lines[4:9] == [
        "- **`BLAS openblas → mkl`**",
        "",
        "<details>",
        "<summary>30 upgraded (30 major)</summary>",
        "",
    ]
    assert lines[-2:] == ["", "</details>"]
    assert len(lines) == 6 + 3 + 2 + 30 + 2


def test_what_does_not_fit_into_a_comment_is_what_matters_least_and_is_counted() -> None:
    minor = tuple(
        replace(UPGRADED, name=f"{n:04}-ü" + "x" * 90, requested=False, magnitude="minor")
        for n in range(1000)
    )
    page = drift_markdown(Drift(changes=(*minor, UPGRADED)), BEFORE, AFTER)

    assert LIMIT - 500 < len(page.encode()) <= LIMIT
    told = [line for line in page.splitlines() if line.startswith("| ↑")]
    assert told[0].startswith("| ↑ | **`numpy`**")
    left = len(minor) + 1 - len(told)
    assert page.endswith(
        f"\n\n{left} more changes do not fit into a comment; `envgit diff` shows all.\n\n</details>"
    )


def test_rows_of_any_length_leave_room_for_what_ends_a_comment() -> None:
    for length in range(1, 80, 8):
        changes = tuple(replace(UPGRADED, name=f"{n:04}{'x' * length}") for n in range(1500))
        page = drift_markdown(Drift(changes=changes), BEFORE, AFTER)
        assert len(page.encode()) <= LIMIT
        assert page.endswith("</details>")


def test_a_single_change_that_is_too_long_is_counted_too() -> None:
    page = drift_markdown(Drift(changes=(replace(UPGRADED, name="x" * LIMIT),)), BEFORE, AFTER)
    assert page.endswith("\n1 more change does not fit into a comment; `envgit diff` shows all.")
    assert len(page) < LIMIT


def test_a_reviewer_reads_what_the_ends_are_not() -> None:
    page = drift_markdown(EVERY_KIND, BEFORE, AFTER, notes=["HEAD has no snapshot; `@you` stands in"])
    assert "\n> `HEAD has no snapshot; \\x60@you\\x60 stands in`\n\n" in page


def outside_code(markdown: str) -> str:
    return re.sub(r"`[^`\n]+`", "", markdown)


def test_no_name_of_a_stranger_is_markup_a_link_or_a_mention() -> None:
    page = drift_markdown(HOSTILE, Endpoint(label="`@you` <b>", snapshot="0" * 64), AFTER)
    assert not re.search(r"[@\[`]|<b>|script|\x1b", outside_code(page))


@given(DRIFTS)
def test_every_row_has_the_seven_cells_of_the_table(drift: Drift) -> None:
    page = outside_code(drift_markdown(drift, BEFORE, AFTER))
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == (len(drift.changes) + 2 if drift.changes else 0)
    assert all(row.count("|") == 8 for row in rows)
