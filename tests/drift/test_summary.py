from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given

from envgit.drift import drift, printable, summarise, summarise_between, summarise_environment
from envgit.model import Drift, Environment, Variable
from tests.drift.environments import DRIFTS, ENVIRONMENTS, conda, dist, environment

ASKED = ("asked for",)


def line(before: Environment, after: Environment) -> str:
    return summarise(drift(before, after))


def numbered(prefix: str, count: int, version: str = "1.0") -> list[Any]:
    return [conda(f"{prefix}{number}", version) for number in range(count)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [], "unchanged"),
        (
            [conda("numpy", "1.26.4", requested=ASKED), conda("scipy", "1.11"), *numbered("x", 1)],
            [conda("numpy", "2.1.0"), conda("scipy", "1.12"), *numbered("y", 2)],
            "numpy 1.26.4 → 2.1.0, scipy 1.11 → 1.12, +2 −1",
        ),
        ([], [conda("numpy", "2.1.0", requested=ASKED), conda("blas")], "+numpy 2.1.0, +1"),
        ([], [conda("numpy", "2.1.0"), conda("blas")], "+blas 1.0, +numpy 2.1.0"),
        ([conda("numpy", requested=ASKED), conda("b")], [], "−numpy, −1"),
        ([conda("a", requested=ASKED)], [conda("a", build="h1_0")], "a rebuilt"),
        ([conda("a", "1.0")], [conda("a", "1.0.0")], "a 1.0 → 1.0.0"),
        ([conda("a")], [conda("a", channel="defaults")], "a now from defaults"),
        ([conda("a", depends=("b",))], [conda("a", depends=("c",))], "a metadata patched"),
        (
            [conda("a", depends=("b",)), conda("z", "1")],
            [conda("a", depends=("c",)), conda("z", "2")],
            "z 1 → 2, ~1",
        ),
        (
            [conda("pytorch"), dist("torch", owner="conda", conda_package="pytorch")],
            [dist("torch", "2.0")],
            "torch moved to pip (1.0 → 2.0)",
        ),
        ([dist("rich")], [conda("rich")], "rich moved to conda"),
        ([], [dist("local", "", digest=None)], "+local"),
    ],
)
def test_what_a_person_reads_of_changed_packages(old: list[Any], new: list[Any], expected: str) -> None:
    assert line(environment(*old), environment(*new)) == expected


def test_python_comes_first_after_what_was_requested() -> None:
    before = environment(conda("a", "1"), conda("python", "3.11"), conda("z", "1", requested=ASKED))
    after = environment(conda("a", "2"), conda("python", "3.12"), conda("z", "2"))
    assert line(before, after) == "z 1 → 2, python 3.11 → 3.12, a 1 → 2"
    rebuilt = environment(conda("a", "2"), conda("python", "3.11", "h9_9"), conda("z", "1"))
    assert line(before, rebuilt) == "a 1 → 2, python rebuilt"


def test_what_does_not_fit_is_counted() -> None:
    names = [f"{letter * 6}-package" for letter in "abcdefgh"]
    before = environment(*(conda(name, "1.0") for name in names))
    after = environment(*(conda(name, "2.0") for name in names), *numbered("x", 10))
    assert line(before, after) == "aaaaaa-package 1.0 → 2.0, bbbbbb-package 1.0 → 2.0, +10 ~6"


def test_what_is_too_long_makes_room_for_what_fits() -> None:
    names = ["a", "b" * 60, "c"]
    before, after = (environment(*(conda(name, version) for name in names)) for version in ("1.0", "2.0"))
    assert line(before, after) == "a 1.0 → 2.0, c 1.0 → 2.0, ~1"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            {"qiime2": "2018.2.0", "q2cli": "2018.2.0", "q2-types": "2018.2.0", "q2-taxa": "2018.2.1"},
            {"qiime2": "2018.4.0", "q2cli": "2018.4.0", "q2-types": "2018.4.0", "q2-taxa": "2018.4.0"},
            "qiime2 and 3 q2* 2018.2 → 2018.4",
        ),
        (
            {"nbconvert": "7.2.6", "nbconvert-core": "7.2.6", "nbconvert-pandoc": "7.2.6"},
            {"nbconvert": "7.2.7", "nbconvert-core": "7.2.7", "nbconvert-pandoc": "7.2.7"},
            "nbconvert and 2 nbconvert-* 7.2.6 → 7.2.7",
        ),
        (
            {"py-a": "1.0", "py-b": "1.0", "r-a": "1.0", "r-b": "1.0", "py-c": "1.0", "r-c": "1.0"},
            {"py-a": "1.1", "py-b": "1.1", "r-a": "1.1", "r-b": "1.1", "py-c": "1.1", "r-c": "1.1"},
            "py-a 1.0 → 1.1, py-b 1.0 → 1.1, py-c 1.0 → 1.1, r-a 1.0 → 1.1, ~2",
        ),
        (
            {"aws-c-io": "1.0", "aws-c-s3": "1.0", "aws-sdk": "2.0"},
            {"aws-c-io": "1.1", "aws-c-s3": "1.1", "aws-sdk": "2.1"},
            "aws-c-io 1.0 → 1.1, aws-c-s3 1.0 → 1.1, aws-sdk 2.0 → 2.1",
        ),
    ],
)
def test_what_is_released_together_is_told_once(
    old: dict[str, str], new: dict[str, str], expected: str
) -> None:
    before, after = (environment(*(conda(*package) for package in side.items())) for side in (old, new))
    assert line(before, after) == expected


def test_a_product_comes_before_python_and_switches_before_all_else() -> None:
    def released(version: str, python: str, blas: str) -> Environment:
        parts = numbered("q2-part", 9, version)
        libblas = conda("libblas", "3.9.0", f"1_{blas}")
        return environment(*parts, conda("a", version), conda("python", python), libblas)

    before, after = released("2018.2.0", "3.5.4", "openblas"), released("2018.4.0", "3.6.0", "mkl")
    expected = "9 q2-* 2018.2 → 2018.4, python 3.5.4 → 3.6.0, BLAS openblas → mkl, ~2"
    assert line(before, after) == expected


def test_a_switch_comes_before_libraries_that_nobody_asked_for() -> None:
    def released(version: str, build: str) -> Environment:
        return environment(*numbered("libvino-", 12, version), conda("hdf5", "1.14", f"{build}_h0_0"))

    before, after = released("2025.2", "nompi"), released("2025.4", "mpi_mpich")
    assert line(before, after) == "MPI none → mpich, 12 libvino-* 2025.2 → 2025.4, hdf5 rebuilt"


def test_many_packages_of_which_none_matters_more_are_counted() -> None:
    before, after = environment(*numbered("a", 72)), environment(conda("b"))
    assert line(before, after) == "72 packages removed, +b 1.0"
    assert line(environment(), before) == "72 packages added"


def test_big_steps_come_before_small_ones_and_plumbing_last() -> None:
    before = environment(*(conda(name, "1.0.0") for name in ("_x", "libz", "patch", "minor", "great")))
    versions = {"_x": "2.0.0", "libz": "2.0.0", "patch": "1.0.1", "minor": "1.1.0", "great": "2.0.0"}
    after = environment(*(conda(*package) for package in versions.items()))
    expected = "great 1.0.0 → 2.0.0, minor 1.0.0 → 1.1.0, patch 1.0.0 → 1.0.1, ~2"
    assert line(before, after) == expected


def test_of_files_that_pin_nothing_the_line_says_what_they_ask_for() -> None:
    before = environment(
        conda("numpy", "", "", requested=("numpy <2",)), dist("rich", "", requirement="rich")
    )
    after = environment(
        conda("numpy", "", "", requested=("numpy >=2",)), dist("rich", "", requirement="rich>=13")
    )
    assert line(before, after) == "numpy <2 → numpy >=2, ~1"


def test_another_python_that_files_ask_for_comes_first() -> None:
    before, after = (
        environment(
            conda("a", version, requested=ASKED), conda("python", "", "", requested=(f"python={series}",))
        )
        for version, series in (("1.0", "3.11"), ("2.0", "3.12"))
    )
    assert line(before, after) == "Python 3.11 → 3.12, a 1.0 → 2.0"


LONG = "2022.11.0.dev0+5.g50e5425"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["q2cli"], f"q2cli 1.0 → {LONG}"),
        (["parso", "q2-quality-filter-" + "x" * 20], "parso 1.0 → " + LONG + ", ~1"),
        (["x" * 100], "x" * 71 + "…"),
        (["x" * 100, "y" * 100], "x" * 67 + "…, ~1"),
    ],
)
def test_a_long_piece_is_counted_and_cut_only_where_it_is_the_first(names: list[str], expected: str) -> None:
    before = environment(*(conda(name, "1.0") for name in names))
    assert line(before, environment(*(conda(name, LONG) for name in names))) == expected


def test_the_interpreter_of_a_venv_is_named_before_its_packages() -> None:
    before = environment(dist("numpy", "1.26.4"), kind="venv", python="3.11.7")
    after = environment(dist("numpy", "2.1.0"), dist("x"), kind="venv", python="3.12.1")
    assert line(before, after) == "Python 3.11.7 → 3.12.1, numpy 1.26.4 → 2.1.0, +1"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["bioconda"], "channel bioconda added after conda-forge"),
        (
            ["bioconda", "pytorch", "nvidia"],
            "channel bioconda added after conda-forge, and 2 more",
        ),
    ],
)
def test_settings_are_named_where_no_package_changed(names: list[str], expected: str) -> None:
    assert line(environment(), environment(channels=("conda-forge", *names))) == expected


def test_settings_do_not_displace_packages() -> None:
    after = environment(conda("a"), channels=("conda-forge", "bioconda"))
    assert line(environment(), after) == "+a 1.0"


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (environment(), "no packages"),
        (environment(conda("a"), python="3.11.7"), "1 conda package, Python 3.11.7"),
        (
            environment(*numbered("a", 42), *(dist(f"d{n}") for n in range(7)), python="3.11.7"),
            "42 conda and 7 pip packages, Python 3.11.7",
        ),
        (environment(conda("a"), dist("a", owner="conda")), "1 conda package"),
        (environment(dist("a"), dist("b"), kind="venv", python="3.12.1"), "2 pip packages, Python 3.12.1"),
    ],
)
def test_a_first_snapshot_says_what_it_holds(env: Environment, expected: str) -> None:
    assert summarise_environment(env) == expected


@given(ENVIRONMENTS, ENVIRONMENTS)
def test_the_line_needs_no_order_of_versions(before: Environment, after: Environment) -> None:
    assert summarise_between(before, after) == summarise(drift(before, after))


@given(DRIFTS)
def test_whatever_a_stranger_calls_a_package_the_line_is_one_printable_line(drift: Drift) -> None:
    summary = summarise(drift)
    assert 0 < len(summary) <= 72
    assert summary.isprintable()
    summary.encode()


def test_no_name_can_pass_for_a_trailer_or_command_a_terminal() -> None:
    after = environment(conda("a\n\nSnapshot: 00", "\x1b]0;owned\x07"), conda("b", "\u202e1.0"))
    assert line(environment(), after) == r"+a\n\nSnapshot: 00 \x1b]0;owned\x07, +b \u202e1.0"
    assert printable("\ud800") == r"\ud800"


def test_a_summary_loads_no_library() -> None:
    program = """
import sys
from envgit.drift import summarise_between, summarise_environment
from envgit.model import CondaPackage, Environment
def one(version, **facts):
    package = CondaPackage(name="openssl", version=version)
    return Environment(kind="conda", platform="linux-64", conda=(package,), **facts)
assert summarise_between(one("1.1.1v"), one("1.1.1w", pins=("a",))) == "openssl 1.1.1v → 1.1.1w"
summarise_environment(one("1"))
heavy = {"rattler", "deepdiff", "packaging", "rich", "yaml", "typer", "git"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_variable_that_came_is_named() -> None:
    after = environment(variables=(Variable(name="CUDA_HOME"),))
    assert summarise_between(environment(), after) == "variable CUDA_HOME added"
