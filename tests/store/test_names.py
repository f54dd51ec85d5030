"""Names are checked before Git or a file system sees them."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.errors import InvalidName
from envgit.store.names import LONGEST, baseline_ref, branch_ref

UNUSABLE = {
    "empty": "",
    "option": "-x",
    "long option": "--help",
    "parent folder": "../x",
    "two dots": "a..b",
    "dot first": ".hidden",
    "dot last": "paper.",
    "lock": "paper.lock",
    "300 characters": "x" * 300,
    "one character too many": "x" * (LONGEST + 1),
    "accents": "modèle",
    "CJK": "论文",
    "lookalike letter": "pаper",
    "emoji": "🎉",
    "space": "my paper",
    "newline": "paper\n",
    "carriage return": "paper\r",
    "tab": "a\tb",
    "NUL": "a\0b",
    "escape": "a\x1b[31m",
    "tilde": "a~1",
    "caret": "a^",
    "colon": "a:b",
    "question mark": "a?",
    "star": "*",
    "bracket": "a[b",
    "backslash": "a\\b",
    "at brace": "@{u}",
    "shell": "$(reboot)",
    "quote": "it's",
    "lone surrogate": "caf\udce9",
}
UNUSABLE_BASELINES = UNUSABLE | {
    "kept word live": "live",
    "kept folder auto": "auto/x",
    "kept folder auto itself": "auto",
    "kept words with env/": "env/live",
    "kept folder with env/": "env/auto/2026-01-01-abcdef01",
    "leading slash": "/x",
    "trailing slash": "x/",
    "two slashes": "a//b",
    "only a slash": "/",
    "only env/": "env/",
    "hidden part": "a/.b",
    "option part": "a/-x",
    "locked part": "a.lock/b",
    "parent part": "a/../b",
}

USABLE = ["paper-v1", "a", "1", "v1.2.3", "nlp_exp+cu118", "2024/q2", "a/b/c", "x" * LONGEST, "Live", "autos"]


@pytest.mark.parametrize("what", UNUSABLE_BASELINES)
def test_unusable_baseline_name_is_refused(what: str) -> None:
    with pytest.raises(InvalidName, match=r"\Ainvalid baseline name ['\"]"):
        baseline_ref(UNUSABLE_BASELINES[what])


@pytest.mark.parametrize("what", UNUSABLE | {"slash": "a/b"})
def test_unusable_environment_name_is_refused(what: str) -> None:
    with pytest.raises(InvalidName, match=r"\Ainvalid environment name ['\"]"):
        branch_ref((UNUSABLE | {"slash": "a/b"})[what])


@pytest.mark.parametrize("name", USABLE)
def test_usable_name_makes_a_ref_with_or_without_env(name: str) -> None:
    assert baseline_ref(name) == baseline_ref(f"env/{name}") == f"refs/tags/env/{name}"


def test_refusal_shows_the_name_cut_short_and_the_rule() -> None:
    with pytest.raises(InvalidName) as caught:
        baseline_ref("x" * 300)
    assert caught.value.message == f"invalid baseline name '{'x' * 40}…'"
    assert caught.value.hint == (
        "use up to 100 ASCII letters, digits and . _ + - (a letter or digit first), such as paper-v1; "
        "in a baseline / separates parts"
    )


def test_kept_word_is_said_to_be_kept() -> None:
    with pytest.raises(InvalidName) as caught:
        baseline_ref("live")
    assert caught.value.message == "invalid baseline name 'live': envgit uses that name itself"


@given(st.text(max_size=12) | st.text("ab./-_+@{}^~ ", max_size=8))
def test_git_accepts_whatever_is_accepted_here(name: str) -> None:
    try:
        ref = baseline_ref(name)
    except InvalidName:
        return
    subprocess.run(["git", "check-ref-format", ref], check=True)
