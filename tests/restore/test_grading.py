"""Grades: what was wanted against what is there, package by package and as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from envgit.grading import grade, worst
from envgit.identity import snapshot_of
from envgit.model import GRADES, CondaPackage, Distribution, Environment, Graded, Variable

ZLIB = CondaPackage(
    name="zlib",
    version="1.3",
    build="h0_0",
    subdir="linux-64",
    channel="conda-forge",
    url="https://conda.example/linux-64/zlib-1.3-h0_0.conda",
    sha256="a" * 64,
    md5="b" * 32,
)
SIX = Distribution(name="six", version="1.16.0", owner="pypi", digest="c" * 64)
WANTED = Environment(
    kind="conda",
    platform="linux-64",
    conda=(ZLIB,),
    distributions=(SIX,),
    variables=(Variable(name="HOST"),),
)


def only(graded: tuple[Graded, ...]) -> Graded:
    """The one package that is not exact."""
    (inexact,) = (one for one in graded if one.grade != "exact")
    return inexact


def test_same_environment_is_exact_and_says_where_things_came_from() -> None:
    graded = grade(WANTED, WANTED)
    assert [(one.layer, one.name, one.grade, one.source) for one in graded] == [
        ("conda", "zlib", "exact", ZLIB.url),
        ("pypi", "six", "exact", "index"),
    ]
    assert worst(graded) == "exact"


CHANGES: list[tuple[dict[str, Any], str, str, str]] = [
    ({"conda": ()}, "zlib", "missing", "not in the restored environment"),
    ({"conda": (replace(ZLIB, version="1.4"),)}, "zlib", "substituted", "version 1.4 stands in for 1.3"),
    (
        {"conda": (replace(ZLIB, build="h1_1"),)},
        "zlib",
        "rebuilt",
        "build linux-64/h1_1 stands in for linux-64/h0_0",
    ),
    ({"conda": (replace(ZLIB, sha256="d" * 64),)}, "zlib", "rebuilt", "its package file has another hash"),
    (
        {"conda": (ZLIB, replace(ZLIB, name="zstd"))},
        "zstd",
        "substituted",
        "not part of the snapshot",
    ),
    ({"distributions": ()}, "six", "missing", "not in the restored environment"),
    (
        {"distributions": (replace(SIX, version="1.17.0"),)},
        "six",
        "substituted",
        "version 1.17.0 stands in for 1.16.0",
    ),
    (
        {"distributions": (replace(SIX, digest="d" * 64),)},
        "six",
        "rebuilt",
        "its files have other contents",
    ),
    ({"distributions": (replace(SIX, digest=None),)}, "six", "rebuilt", "its files have other contents"),
    (
        {"distributions": (replace(SIX, owner="conda"),)},
        "six",
        "substituted",
        "what conda brought stands in for it",
    ),
    (
        {"distributions": (SIX, replace(SIX, name="tomli"))},
        "tomli",
        "substituted",
        "not part of the snapshot",
    ),
    ({"variables": ()}, "variable HOST", "missing", "not set in the restored environment"),
    (
        {"variables": (Variable(name="EXTRA"), Variable(name="HOST"))},
        "variable EXTRA",
        "substituted",
        "not part of the snapshot",
    ),
    (
        {"platform": "osx-64"},
        "environment",
        "rebuilt",
        "conda on osx-64 stands in for conda on linux-64",
    ),
]


@pytest.mark.parametrize(("changes", "name", "expected", "reason"), CHANGES)
def test_difference_is_graded_with_the_reason(
    changes: dict[str, Any], name: str, expected: str, reason: str
) -> None:
    got = replace(WANTED, **changes)
    graded = grade(WANTED, got)
    found = only(graded)
    assert (found.name, found.grade, found.reason) == (name, expected, reason)
    assert worst(graded) == expected
    assert snapshot_of(WANTED).id != snapshot_of(got).id


def test_another_python_is_a_difference_of_a_venv() -> None:
    wanted = Environment(kind="venv", platform="linux-64", python="3.11.7")
    found = only(grade(wanted, replace(wanted, python="3.11.8")))
    assert (found.name, found.grade) == ("python", "substituted")


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": ("conda-forge",)},
        {"conda": (replace(ZLIB, url="https://mirror.example/zlib-1.3-h0_0.conda", md5=None),)},
        {"distributions": (replace(SIX, installer="uv", requested=True),)},
    ],
)
def test_what_is_no_part_of_the_identity_changes_no_grade(changes: dict[str, Any]) -> None:
    got = replace(WANTED, **changes)
    assert worst(grade(WANTED, got)) == "exact"
    assert snapshot_of(WANTED).id == snapshot_of(got).id


def test_note_gives_the_reason_and_never_a_better_grade() -> None:
    note = Graded(layer="pypi", name="six", grade="missing", source="index", reason="index is down")
    graded = grade(WANTED, replace(WANTED, distributions=()), [note])
    assert only(graded) == note
    note = replace(note, grade="exact", reason="for the record")
    assert only(grade(WANTED, replace(WANTED, distributions=()), [note])).grade == "missing"


def test_notes_on_one_package_are_told_together() -> None:
    first = Graded(layer="conda", name="zlib", grade="exact", source="", reason="no hash is recorded")
    second = replace(first, reason="its post-link script was not run")
    zlib = grade(WANTED, WANTED, [first, second])[0]
    assert zlib.grade == "exact"
    assert zlib.source == ZLIB.url
    assert zlib.reason == "no hash is recorded; its post-link script was not run"


def test_distribution_without_a_record_is_exact_as_far_as_can_be_told() -> None:
    unknown = replace(WANTED, distributions=(replace(SIX, digest=None),))
    six = grade(unknown, unknown)[1]
    assert (six.grade, six.reason) == ("exact", "no RECORD: its files cannot be compared")


def test_whole_is_as_faithful_as_its_least_faithful_part() -> None:
    parts = [Graded(layer="conda", name=g, grade=g, source="") for g in GRADES]
    assert [worst(parts[: n + 1]) for n in range(len(parts))] == list(GRADES)
    assert worst(()) == "exact"


def test_a_distribution_that_was_uninstalled_behind_condas_back_is_wanted_to_be_absent() -> None:
    gone = Distribution(name="six", version="", owner="clobbered", conda_package="six")
    there = replace(SIX, owner="conda", conda_package="six")
    without, whole = replace(WANTED, distributions=(gone,)), replace(WANTED, distributions=(there,))
    assert worst(grade(without, without)) == "exact"
    back, lost = only(grade(without, whole)), only(grade(whole, without))
    assert (back.name, back.grade, back.reason) == ("six", "substituted", "conda's six is there, and was not")
    assert (lost.name, lost.grade, lost.reason) == ("six", "missing", "conda's six was there, and is not")
    assert only(grade(WANTED, without)).grade == "missing"


def test_sight_of_the_systems_packages_is_graded() -> None:
    venv = replace(WANTED, kind="venv", conda=())
    seeing = replace(venv, system_site_packages=True)
    assert worst(grade(seeing, seeing)) == "exact"
    more, less = only(grade(venv, seeing)), only(grade(seeing, venv))
    assert (more.grade, less.grade) == ("substituted", "substituted")
    assert more.reason.endswith("are seen, and were not")
    assert less.reason.endswith("are not seen, and were")
