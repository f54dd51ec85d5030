"""A dry run, as people read it at 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.model import Distribution, Environment, Host, IndexFile, Plan, Source, Step
from envgit.operations.checkout import Prepared
from envgit.render.dry_run import prepared_view
from envgit.render.screen import plain
from tests.render.nouns import HOST, SETTINGS, revision

if TYPE_CHECKING:
    from collections.abc import Collection

CHANNEL = "https://conda.example/conda-forge"


def told(
    plan: Plan, *distributions: Distribution, seen_on: Host | None = None, cloned: Collection[str] = ()
) -> str:
    """The page for a plan."""
    wanted = revision(Environment(kind="conda", platform="linux-64", distributions=distributions))
    wanted = replace(wanted, host=seen_on)
    prepared = Prepared(revision=wanted, prefix=Path("/envs/new"), plan=plan, settings=SETTINGS, host=HOST)
    return plain(prepared_view(prepared, cloned=cloned))


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
as far as can be seen without the network: what is to come from there was not
asked for
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


def test_many_packages_of_which_the_summary_says_all_are_not_named() -> None:
    many = tuple(conda(f"p{n}", origin="cache", kind="cache") for n in range(21))
    assert told(Plan(steps=many)).splitlines()[1:] == ["21 packages: 21 to link from the cache"]
    (first, *others) = many
    assert "p20" in told(Plan(steps=(replace(first, replaces="1.2"), *others)))
    assert "p20" in told(Plan(steps=many[1:]))


def test_a_plan_that_cannot_be_says_why_first() -> None:
    page = told(Plan(steps=(conda("a", origin="cache"),), blockers=("glibc 2.17 is older than 2.28",)))
    assert page.splitlines()[2] == "cannot be restored: glibc 2.17 is older than 2.28"
    assert told(Plan()).splitlines()[1:] == ["nothing to do"]


def test_of_each_distribution_it_is_said_whether_its_file_is_known() -> None:
    wheel = IndexFile(
        sha256="0" * 64, name="known-1.0-py3-none-any.whl", index="https://index.example/simple/"
    )
    pinned = Distribution(name="known", version="1.0", owner="pypi", file=wheel)
    loose = Distribution(name="loose", version="1.0", owner="pypi")
    source = Source(kind="vcs", url="https://git.example/ours")
    ours = Distribution(name="ours", version="1.0", owner="pypi", source=source)
    steps = tuple(
        Step(layer="pypi", name=one.name, version="1.0", action="install", origin="index")
        for one in (pinned, loose, ours)
    )
    far = tuple(replace(step, remote=True) for step in steps)
    assert told(Plan(steps=far), pinned, loose, ours).splitlines()[1:5] == [
        "3 distributions: 1 to download the recorded file (of unknown size), 1 to",
        "download by version alone, its file not being known (of unknown size), 1 to",
        "download from the recorded source (of unknown size)",
        "as far as can be seen without the network: what is to come from there was not",
    ]
    kept = tuple(replace(step, kind="cache") for step in steps)
    assert "3 distributions: 3 to install from a copy that envgit kept\n" in told(
        Plan(steps=kept), pinned, loose, ours
    )
    page = told(Plan(steps=steps), pinned, loose, ours)
    groups = [block.splitlines() for block in page.split("\n\n")[1:]]
    assert [(lines[0], lines[-1].split()[0]) for lines in groups] == [
        ("to install from the recorded file:", "known"),
        ("to install by version alone, its file not being known:", "loose"),
        ("to install from the recorded source:", "ours"),
    ]


def test_of_editable_installs_it_is_said_whether_they_run_from_a_clone() -> None:
    source = Source(kind="directory", url="file:///src/ours", editable=True, commit="0" * 40)
    ours = Distribution(name="ours", version="1.0", owner="pypi", source=source)
    plan = Plan(steps=(Step(layer="pypi", name="ours", version="1.0", action="install", origin="folder"),))
    assert "to run from its folder" in told(plan, ours)
    assert "to clone, and run from there" in told(plan, ours, cloned={"ours"})


def test_what_is_at_hand_is_promised_without_reserve() -> None:
    assert "network" not in told(Plan(steps=(conda("a", origin="cache", kind="cache"),)))
    assert "network" in told(Plan(steps=(conda("a", origin=f"{CHANNEL}/linux-64/f", remote=True),)))


def test_it_is_said_where_the_machine_is_like_the_one_that_the_snapshot_was_seen_on() -> None:
    alike = "this machine has all that the recorded one had"
    assert alike in told(Plan(), seen_on=HOST)
    assert alike not in told(Plan())
    newer = replace(HOST, virtual_packages=("__glibc=99.0=0",))
    assert alike not in told(Plan(), seen_on=newer)
    assert alike not in told(Plan(), seen_on=replace(HOST, platform="osx-arm64"))


def test_a_stranger_s_words_in_a_plan_reach_no_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202e[red]"
    step = Step(layer="conda", name=evil, version=evil, action="link", origin=f"{evil}/s/f", remote=True)
    plan = Plan(steps=(step,), blockers=(evil,), cautions=(evil,))
    page = told(plan)
    assert not set(page) & set("\x1b\x07\u202e")
    assert r"\x1b]0;owned\x07\u202e[red]" in page
