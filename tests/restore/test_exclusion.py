"""Who waits for another restore is told so, once."""

from __future__ import annotations

import os
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from envgit.restore.prefix import exclusion
from envgit.restore.prefix.exclusion import exclusive
from tests.restore.environments import Bars

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("long", "told"), [(0.0, 1), (60.0, 0)])
def test_only_a_long_wait_is_told_and_it_is_told_once(
    long: float, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusion, "_LONG", long)
    prefix, bars, waited = tmp_path / "env", Bars(), []
    prefix.mkdir()

    def wait() -> None:
        with exclusive(prefix, cache=tmp_path / "cache", progress=bars):
            waited.append(os.getpid())

    waiting = Thread(target=wait)
    with exclusive(prefix, cache=tmp_path / "cache"):
        waiting.start()
        waiting.join(0.3)
        assert waited == []
    waiting.join()
    assert waited == [os.getpid()]
    assert [label for label, _, _ in bars.started] == [f"Waiting for another restore to {prefix}"] * told
