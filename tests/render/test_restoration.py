from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from envgit.grading import grade
from envgit.model import Drift, Environment, FileCheck, Graded
from envgit.operations.checkout import Restored
from envgit.operations.verify import RestoredFrom, Verified
from envgit.render.restoration import restored_view, verified_view
from envgit.render.screen import plain
from envgit.store.signatures import Signature
from tests.formats.environments import conda, environment
from tests.render.nouns import BEFORE, UPGRADED, revision

REVISION = revision(Environment(kind="conda", platform="linux-64"))


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


def test_what_is_to_be_said_of_many_packages_is_one_row() -> None:
    named = environment(*(conda(name, build="") for name in ("a", "b", "c", "d")), conda("e", "2.0"))
    restored = environment(*(conda(name, build=f"h{name}_0") for name in ("a", "b", "c", "d")), conda("e"))
    view = restored_view(
        Restored(
            snapshot=BEFORE.snapshot,
            prefix=Path("/envs/new"),
            grade="substituted",
            packages=grade(named, restored),
            cautions=(),
            seconds=1,
        )
    )
    assert plain(view).splitlines()[4:] == [
        "rebuilt      a and 3 more  conda  builds were chosen: none was recorded",
        "substituted  e             conda  version 1.0 stands in for 2.0",
        "",
    ]


def test_what_is_no_package_is_told_beside_them_and_not_counted() -> None:
    wanted = environment(conda("a"))
    view = restored_view(
        Restored(
            snapshot=BEFORE.snapshot,
            prefix=Path("/envs/new"),
            grade="rebuilt",
            packages=grade(wanted, replace(wanted, platform="osx-arm64")),
            cautions=(),
            seconds=1,
        )
    )
    assert plain(view, width=120).splitlines()[1:] == [
        "grade: rebuilt (1 exact)",
        f"rebuilt: environment: conda on osx-arm64 stands in for conda on {wanted.platform}",
    ]


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
        "↑  numpy *  conda  1.26.4  2.1.0  MAJOR",
        "",
        "1 upgraded (1 major)    * requested",
    ]
    assert lines[7] == "altered: lib/0.py"
    assert lines[-3:] == [
        "altered: 2 more",
        r"missing: bin/a\x1b",
        "100 files checked, 22 altered, 1 missing, 1 unverifiable (x), 0 unknown",
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


def test_a_prefix_that_was_restored_says_when_and_from_what() -> None:
    origin = RestoredFrom(snapshot="ab" * 32, grade="exact", time="2024-05-01T12:00:00+00:00")
    verified = Verified(
        revision=REVISION, prefix=Path("/envs/nlp"), same_id=True, drift=Drift(), origin=origin
    )
    told = plain(verified_view(verified)).splitlines()[1]
    assert told == "restored from abababababab (exact) at 2024-05-01T12:00:00+00:00"
    unproven = replace(verified, origin=replace(origin, grade=None))
    assert "(not proven yet)" in plain(verified_view(unproven))
