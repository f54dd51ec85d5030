from __future__ import annotations

from pathlib import Path

from envgit.model import Drift, Environment, FileCheck, Graded, Plan, Step
from envgit.operations.checkout import Prepared, Restored
from envgit.operations.verify import Verified
from envgit.render.restoration import prepared_view, restored_view, verified_view
from envgit.render.screen import plain
from envgit.store.signatures import Signature
from tests.render.nouns import BEFORE, SETTINGS, UPGRADED, revision

REVISION = revision(Environment(kind="conda", platform="linux-64"))


def test_a_dry_run_shows_every_step_and_what_speaks_against_it() -> None:
    plan = Plan(
        steps=(
            Step(layer="conda", name="zlib", version="1.3", action="link", origin="cache", size=120_000),
            Step(layer="pypi", name="rich", version="13.7.0", action="install", origin="pypi"),
        ),
        cautions=("rich has no recorded digest",),
    )
    assert (
        plain(
            prepared_view(Prepared(revision=REVISION, prefix=Path("/envs/new"), plan=plan, settings=SETTINGS))
        )
        == """\
HEAD (3f2a9c1d0b5e) into /envs/new

         package  layer  version  from
link     zlib     conda  1.3      cache
install  rich     pip    13.7.0   pypi

caution: rich has no recorded digest
1 to link, 1 to install, 120.0 kB of packages
"""
    )


def test_a_plan_that_cannot_be_says_why() -> None:
    plan = Plan(blockers=("glibc 2.17 is older than 2.28",))
    page = plain(
        prepared_view(Prepared(revision=REVISION, prefix=Path("/envs/new"), plan=plan, settings=SETTINGS))
    )
    assert page.splitlines()[2:] == ["cannot be restored: glibc 2.17 is older than 2.28", "nothing to do"]


def test_a_restore_tells_its_grade_and_what_is_less_than_exact() -> None:
    restored = Restored(
        snapshot=BEFORE.snapshot,
        prefix=Path("/envs/new"),
        grade="rebuilt",
        packages=(
            Graded(layer="conda", name="zlib", grade="exact", source="cache"),
            Graded(layer="pypi", name="rich", grade="rebuilt", source="pypi", reason="other bytes"),
        ),
        cautions=("__cuda is 12.2 here",),
        seconds=1.26,
    )
    assert (
        plain(restored_view(restored))
        == """\
3f2a9c1d0b5e restored to /envs/new (1.3 s)
grade: rebuilt (1 exact, 1 rebuilt)

grade    package  layer  why
rebuilt  rich     pip    other bytes

caution: __cuda is 12.2 here
"""
    )


def test_an_exact_restore_is_two_lines() -> None:
    restored = Restored(
        snapshot=BEFORE.snapshot,
        prefix=Path("/envs/new"),
        grade="exact",
        packages=(Graded(layer="conda", name="zlib", grade="exact", source="cache"),),
        cautions=(),
        seconds=0.04,
        reused=True,
    )
    assert plain(restored_view(restored)).splitlines() == [
        "3f2a9c1d0b5e stands already in /envs/new (0.0 s)",
        "grade: exact (1 exact)",
    ]


def test_a_prefix_that_differs_shows_packages_and_files() -> None:
    verified = Verified(
        revision=REVISION,
        prefix=Path("/envs/nlp"),
        same_id=False,
        drift=Drift(changes=(UPGRADED,)),
        files=FileCheck(
            checked=100,
            altered=tuple(f"lib/{n}.py" for n in range(22)),
            missing=("bin/a\x1b",),
            unverifiable=("x",),
        ),
    )
    lines = plain(verified_view(verified)).splitlines()
    assert lines[:6] == [
        "/envs/nlp is not the same as HEAD (3f2a9c1d0b5e)",
        "",
        "   package  layer  before  after",
        "↑  numpy *  conda  1.26.4  2.1.0",
        "",
        "1 upgraded    * requested",
    ]
    assert lines[7] == "altered: lib/0.py"
    assert lines[-3:] == [
        "altered: 2 more",
        r"missing: bin/a\x1b",
        "100 files checked, 22 altered, 1 missing, 1 unverifiable",
    ]


def test_a_signature_is_told_with_what_speaks_against_it() -> None:
    signature = Signature(baseline="paper-v1", verdict="bad", words="it was made for env/x")
    verified = Verified(
        revision=REVISION, prefix=Path("/envs/nlp"), same_id=True, drift=Drift(), signature=signature
    )
    told = plain(verified_view(verified)).splitlines()[1]
    assert told == "signature of env/paper-v1: bad (it was made for env/x)"


def test_a_prefix_that_is_the_same_takes_one_line() -> None:
    verified = Verified(revision=REVISION, prefix=Path("/envs/nlp"), same_id=True, drift=Drift())
    assert plain(verified_view(verified)) == "/envs/nlp is the same as HEAD (3f2a9c1d0b5e)\n"
