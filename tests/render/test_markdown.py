from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given

from envgit.model import Drift
from envgit.render.markdown import drift_markdown
from envgit.render.phrases import Endpoint
from tests.drift.environments import DRIFTS
from tests.render.nouns import AFTER, BEFORE, EVERY_KIND, HOSTILE, UPGRADED


def test_a_drift_fits_the_comment_on_a_pull_request() -> None:
    assert (
        drift_markdown(EVERY_KIND, BEFORE, AFTER)
        == """\
### Environment drift: `paper-v1 (3f2a9c1d0b5e)` → `live (77aa9c1d0b5e)`

`numpy 1.26.4 → 2.1.0, torch moved to pip, scipy 1.12 → 1.11, +2 −1 ~5`

| | Package | Layer | Before | After | |
|---|---|---|---|---|---|
| ~ | `attrs` | conda | `23.1` | `23.1` | `metadata, depends +python >=3.9, −python` |
| ~ | `libblas` | conda | `3.9` | `3.9` | `rebuilt, other bytes` |
| + | `libiconv` | conda |  | `1.17` | `from conda-forge` |
| - | `m4` | conda | `1.4` |  |  |
| ↑ | **`numpy`** | conda | `1.26.4` | `2.1.0` |  |
| ~ | `openssl` | conda | `h1234567_0` | `h7654321_1` | `3.2.0 rebuilt` |
| ↓ | `scipy` | conda | `1.12` | `1.11` | `from defaults` |
| ~ | `zlib` | conda | `conda-forge` | `defaults` | `1.2.13 rechanneled` |
| ~ | `requests` | pip | `conda 2.31.0` | `pip 2.32.4` | `moved, installed over conda's package` |
| + | `rich` | pip |  | `13.7.0` |  |
| ~ | **`torch`** | pip | `conda 2.1` | `pip 2.2` | `moved from conda's pytorch` |

- `channel bioconda added after conda-forge`
- `variable CUDA_HOME added`"""
    )


def test_no_drift_is_a_heading_and_a_word() -> None:
    assert (
        drift_markdown(Drift(), BEFORE, AFTER)
        == "### Environment drift: `paper-v1 (3f2a9c1d0b5e)` → `live (77aa9c1d0b5e)`\n\n`unchanged`"
    )


def test_a_long_drift_is_folded_under_its_counts() -> None:
    drift = Drift(changes=tuple(replace(UPGRADED, name=f"package-{n}") for n in range(30)))
    lines = drift_markdown(drift, BEFORE, AFTER).splitlines()
    assert lines[4:7] == ["<details>", "<summary>30 upgraded</summary>", ""]
    assert lines[-2:] == ["", "</details>"]
    assert len(lines) == 4 + 3 + 2 + 30 + 2


def outside_code(markdown: str) -> str:
    return re.sub(r"`[^`\n]+`", "", markdown)


def test_no_name_of_a_stranger_is_markup_a_link_or_a_mention() -> None:
    page = drift_markdown(HOSTILE, Endpoint(label="`@you` <b>", snapshot="0" * 64), AFTER)
    assert not re.search(r"[@\[`]|<b>|script|\x1b", outside_code(page))


@given(DRIFTS)
def test_every_row_has_the_six_cells_of_the_table(drift: Drift) -> None:
    page = outside_code(drift_markdown(drift, BEFORE, AFTER))
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == (len(drift.changes) + 2 if drift.changes else 0)
    assert all(row.count("|") == 7 for row in rows)
