"""A dry run, as people read it at 80 columns."""

from __future__ import annotations

from pathlib import Path

from envgit.model import Environment, Plan, Step
from envgit.operations.checkout import Prepared
from envgit.render.dry_run import prepared_view
from envgit.render.screen import plain
from tests.render.nouns import HOST, SETTINGS, revision

CHANNEL = "https://conda.example/conda-forge"


def told(plan: Plan) -> str:
    """The page for a plan."""
    wanted = revision(Environment(kind="conda", platform="linux-64"))
    return plain(
        prepared_view(
            Prepared(revision=wanted, prefix=Path("/envs/new"), plan=plan, settings=SETTINGS, host=HOST)
        )
    )


def conda(name: str, action: str = "link", **facts: object) -> Step:
    """A step for a conda package."""
    return Step(layer="conda", name=name, version="1.3", action=action, **facts)  # type: ignore[arg-type]


def test_a_dry_run_sums_up_first_then_lists_by_source_and_folds_what_stays() -> None:
    steps = (
        conda("zlib", origin="cache", kind="cache", size=120_000),
        conda("numpy", origin=f"{CHANNEL}/linux-64/f", size=34_000_000, replaces="1.2", remote=True),
        conda("near", origin="/opt/pkgs/near.conda", kind="user-cache"),
        conda("old", "remove", origin="conda-forge"),
        *(conda(f"kept{n}", "keep", origin="conda-forge") for n in range(50)),
        Step(layer="pypi", name="rich", version="13.7.0", action="install", origin="index"),
    )
    assert (
        told(Plan(steps=steps, cautions=("rich has no recorded digest",)))
        == f"""\
HEAD (3f2a9c1d0b5e) into /envs/new
54 packages: 1 to link from the cache, 1 to download from
{CHANNEL} (34.0 MB), 1 to link from a package cache of
yours, 1 to remove, 50 to keep
1 distribution: 1 to install
caution: rich has no recorded digest

to link from the cache:
  package  version  size
  zlib     1.3      120.0 kB

to download from {CHANNEL}:
  package  version    size
  numpy    1.2 → 1.3  34.0 MB

to link from a package cache of yours:
  package  version  from
  near     1.3      /opt/pkgs/near.conda

to remove:
  package  version  from
  old      1.3      conda-forge

to install:
  package  version  from
  rich     13.7.0   index
"""
    )


def test_a_plan_that_cannot_be_says_why_first() -> None:
    page = told(Plan(steps=(conda("a", origin="cache"),), blockers=("glibc 2.17 is older than 2.28",)))
    assert page.splitlines()[2] == "cannot be restored: glibc 2.17 is older than 2.28"
    assert told(Plan()).splitlines()[1:] == ["nothing to do"]


def test_a_stranger_s_words_in_a_plan_reach_no_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202e[red]"
    step = Step(layer="conda", name=evil, version=evil, action="link", origin=f"{evil}/s/f", remote=True)
    plan = Plan(steps=(step,), blockers=(evil,), cautions=(evil,))
    page = told(plan)
    assert not set(page) & set("\x1b\x07\u202e")
    assert r"\x1b]0;owned\x07\u202e[red]" in page
