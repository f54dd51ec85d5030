"""A checkout that is killed at whatever moment leaves what was there or what was wanted, and no traces.

``ENVGIT_KILLS`` says how often each act is killed; `pytest -rP` tells where the kills fell.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, get_args

import pytest

import envgit
from envgit.operations.workspace import open_workspace
from tests.builders import conda_install, make_repo, pip_install, run_cli
from tests.faults.trees import Struck, Target, strike_after

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.channel import Channel

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("ENVGIT_KILLS", "2"))
ENVGIT = (sys.executable, "-m", "envgit")


@dataclass(kw_only=True)
class Bench:
    """A repository with two recorded states of one environment, ``a`` and ``b``, and places to restore to."""

    folder: Path
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def live(self) -> Path:
        return self.folder / "envs" / "live"

    @property
    def place(self) -> Path:
        return self.folder / "places" / "new"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def is_whole(self, rev: str, prefix: Path) -> bool:
        """Whether a prefix is that snapshot, to the last file."""
        return envgit.verify(rev, prefix=str(prefix), files=True, path=str(self.repo)).identical

    def left_over(self) -> list[str]:
        """What lies beside the environments, and in the caches for as long as something is under way."""
        beside = [p for parent in (self.live.parent, self.place.parent) for p in parent.glob("*")]
        extra = [p for p in beside if p not in {self.live, self.place}]
        cached = [
            *(self.cache / "environments").glob("*.envgit-*"),
            *(self.cache / "conda").glob("*.envgit-*"),
        ]
        return sorted(str(p.relative_to(self.folder)) for p in (*extra, *cached))

    def strike(self, command: tuple[str, ...], duration: float, name: str, target: Target) -> Struck | None:
        struck = strike_after(
            self.chance.uniform(0, duration),
            command,
            cwd=self.repo,
            env={},
            target=target,
            chance=self.chance,
        )
        if struck is not None and "<no Python frame>" in struck.stderr:
            return None  # so early that it was the interpreter's own start, and none of envgit had run
        if struck is not None:
            self.kills[f"{name}: {struck.target} while {struck.stage} ran"] += 1
        return struck

    def maybe_without_cache(self) -> None:
        """Half of the time packages have to be brought into the cache, too."""
        if self.chance.random() < 0.5:
            shutil.rmtree(self.cache / "conda", ignore_errors=True)


@pytest.fixture
def bench(channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(folder=tmp_path, chance=random.Random(os.environ.get("ENVGIT_SEED", "1")))
    monkeypatch.setenv("ENVGIT_CACHE", str(made.cache))
    make_repo(made.repo, files={"train.py": "print(1)\n"})
    made.live.parent.mkdir()
    made.place.parent.mkdir()
    conda_install(channel, ["python", "tabulate", "variant=1.0=cpu_0", "six=1.16.0"], made.live)
    pip_install(made.live, "humanize==4.9.0", "idna==3.10")
    envgit.init(prefix=str(made.live), path=str(made.repo))
    envgit.tag("a", path=str(made.repo))
    conda_install(channel, ["python", "tabulate", "variant=1.1", "prefixed", "six=1.17.0"], made.live)
    pip_install(made.live, "humanize==4.10.0", "toolz==1.0.0")
    envgit.tag("b", path=str(made.repo))
    return made


def seconds(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


def checkout(bench: Bench, rev: str, *options: str) -> tuple[str, ...]:
    return (*ENVGIT, "checkout", rev, "--quiet", *options)


def done(bench: Bench, command: tuple[str, ...]) -> None:
    """The next command: it ends well, and with an exact environment."""
    ran = run_cli(*command[len(ENVGIT) :], cwd=bench.repo)
    assert ran.code == 0, ran


def kills_of(bench: Bench) -> list[Target]:
    """Each target in turn, as often as there are to be kills."""
    targets: list[Target] = list(get_args(Target))
    start = bench.chance.randrange(len(targets))
    return [targets[(start + number) % len(targets)] for number in range(KILLS)]


def told(bench: Bench) -> None:
    sys.stdout.writelines(f"{count} × {what}\n" for what, count in sorted(bench.kills.items()))


def test_a_new_place_is_empty_or_whole(bench: Bench) -> None:
    command = checkout(bench, "a", "-p", str(bench.place))
    duration = seconds(partial(done, bench, command))
    for target in kills_of(bench):
        shutil.rmtree(bench.place)
        bench.maybe_without_cache()
        struck = bench.strike(command, duration, "whole", target)
        assert not os.path.lexists(bench.place) or bench.is_whole("a", bench.place), struck
        require_tidy(bench, struck)
        done(bench, command)
        assert bench.is_whole("a", bench.place), struck
        assert bench.left_over() == [], struck
    told(bench)


def test_a_live_environment_is_the_old_or_the_new_one(bench: Bench) -> None:
    now, other = "b", "a"
    duration = seconds(partial(done, bench, checkout(bench, other, "--in-place")))
    now, other = other, now
    for target in kills_of(bench):
        command = checkout(bench, other, "--in-place")
        bench.maybe_without_cache()
        struck = bench.strike(command, duration, "in place", target)
        assert bench.is_whole(now, bench.live) or bench.is_whole(other, bench.live), struck
        require_tidy(bench, struck)
        done(bench, command)
        assert bench.is_whole(other, bench.live), struck
        assert bench.left_over() == [], struck
        now, other = other, now
    told(bench)


def test_a_cached_environment_is_absent_or_whole(bench: Bench) -> None:
    command = (*ENVGIT, "run", "a", "--", "python", "-c", "import six, humanize")
    places = bench.cache / "environments"
    duration = seconds(partial(done, bench, command))
    for target in kills_of(bench):
        shutil.rmtree(places)
        bench.maybe_without_cache()
        struck = bench.strike(command, duration, "run", target)
        built = [p for p in places.glob("*") if p.is_dir() and ".envgit-" not in p.name]
        assert all(bench.is_whole("a", place) for place in built), struck
        require_tidy(bench, struck)
        done(bench, command)
        assert [p.name[:64] for p in places.iterdir()] == [open_place(bench)], struck
        assert bench.left_over() == [], struck
    told(bench)


def open_place(bench: Bench) -> str:
    """The name of the one place that a snapshot has in the cache."""
    from envgit.operations.places import cached_places

    snapshot = envgit.show("a", path=str(bench.repo)).revision.snapshot
    return next(cached_places(open_workspace(str(bench.repo)).cache, snapshot)).name


def require_tidy(bench: Bench, struck: Struck | None) -> None:
    """Check that Ctrl-C left nothing and ended with its own exit code; too late, the command is done."""
    if struck is not None and struck.target == "ctrl-c":
        assert struck.code in {0, 130, -signal.SIGINT}, struck
        assert bench.left_over() == [], struck
