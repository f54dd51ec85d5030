"""What is made of uv's words: one sentence with the cause in it."""

from __future__ import annotations

import pytest

from envgit.restore.pypi.refusals import refusal_of
from tests.restore.environments import dist

URL = "https://user:word@index.example/simple/far/"


@pytest.mark.parametrize(
    ("said", "brief"),
    [
        (
            "No solution found when resolving dependencies; Because there is no version of far==1.0 and you",
            "the index has no far 1.0",
        ),
        ("Because far was not found in the package registry and you require", "the index has no far"),
        (
            "Because far was not found in the cache and you require far==1.0",
            "no file of far 1.0 is in uv's cache, and its place does not answer",
        ),
        (
            f"Request failed after 3 retries in 10.0s; error sending request for url ({URL}); client error",
            "index.example does not answer",
        ),
        (
            f"Failed to fetch; HTTP status server error (503 Service Unavailable) for url ({URL})",
            "index.example answers 503 Service Unavailable",
        ),
        (
            f"Hash mismatch for `far`; Expected:; sha256:{'0' * 64}; Computed:; sha256:{'1' * 64}",
            "the file is not the recorded one: expected sha256:000000000000, got sha256:111111111111",
        ),
        (
            "Failed to build `far`; The build backend failed; fatal: no such thing; hint: look there",
            "Failed to build `far`: fatal: no such thing",
        ),
        ("Distribution not found at: file:///far.whl", "Distribution not found at: file:///far.whl"),
    ],
)
def test_a_refusal_is_one_sentence_and_keeps_all_that_was_said(said: str, brief: str) -> None:
    refusal = refusal_of(said, dist("far", "1.0"), offline=False)
    assert (refusal.brief, refusal.full) == (brief, said)
