from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version as PypiVersion
from rattler import Version as CondaVersion

from envgit.versions import Compare, compare_conda, compare_pypi, compare_text, magnitude

if TYPE_CHECKING:
    from envgit.model import Magnitude

CONDA_ORDER = [
    "",
    "=1",
    "1.*",
    "2.*",
    "10.*",
    "0.4",
    "0.4.1.rc",
    "0.4.1",
    "0.5a1",
    "0.5b3",
    "0.5",
    "1.1.1w",
    "1.1.1",
    "2.2be.rc1",
    "2.2",
    "2.2.post1",
    "2024a",
    "2024b",
    "1!0.1",
]
PYPI_ORDER = [
    "",
    "dev",
    "2004d",
    "2004e",
    "1.0.dev1",
    "1.0a1",
    "1.0rc1",
    "1.0",
    "1.0+cu118",
    "1.0.post1",
    "1.10",
    "2023.3",
    "1!0.1",
]


@pytest.mark.parametrize(("older", "newer"), list(pairwise(CONDA_ORDER)))
def test_conda_versions_are_ordered_as_conda_does(older: str, newer: str) -> None:
    assert (compare_conda(older, newer), compare_conda(newer, older)) == (-1, 1)


@pytest.mark.parametrize(("older", "newer"), list(pairwise(PYPI_ORDER)))
def test_python_versions_are_ordered_as_pep_440_does_and_legacy_ones_are_older(
    older: str, newer: str
) -> None:
    assert (compare_pypi(older, newer), compare_pypi(newer, older)) == (-1, 1)


@pytest.mark.parametrize("compare", [compare_conda, compare_pypi])
def test_trailing_zeros_make_no_other_version(compare: Compare) -> None:
    assert compare("1.0", "1.0.0") == 0


@pytest.mark.parametrize("compare", [compare_conda, compare_pypi, compare_text])
@pytest.mark.parametrize("strange", ["9" * 5000, "\ud800", "1\x00", "٣.١", "1." * 3000 + "1", "²"])
def test_a_version_no_library_reads_is_older_and_raises_nothing(compare: Compare, strange: str) -> None:
    assert compare(strange, strange) == 0
    assert compare(strange, "1.0") == -compare("1.0", strange)


@pytest.mark.parametrize("compare", [compare_conda, compare_pypi, compare_text])
def test_the_order_of_any_three_versions_is_an_order(compare: Compare) -> None:
    versions = st.one_of(
        st.text(max_size=6), st.from_regex(r"[0-9]{1,2}(\.[0-9a-z]{1,3}){0,3}", fullmatch=True)
    )

    @given(versions, versions, versions)
    def is_an_order(a: str, b: str, c: str) -> None:
        assert compare(a, b) == -compare(b, a)
        if compare(a, b) <= 0 and compare(b, c) <= 0:
            assert compare(a, c) <= 0

    is_an_order()


@pytest.mark.parametrize("compare", [compare_conda, compare_pypi])
def test_numbers_and_dots_need_no_library_and_have_the_order_that_it_gives(compare: Compare) -> None:
    version: Any = PypiVersion if compare is compare_pypi else CondaVersion
    numbers = st.lists(st.sampled_from(["0", "1", "2", "02", "10"]), min_size=1, max_size=4).map(".".join)

    @given(numbers, numbers)
    def have_that_order(a: str, b: str) -> None:
        old, new = version(a), version(b)
        assert compare(a, b) == (old > new) - (old < new)

    have_that_order()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("1.26.4", "2.1.0", "major"),
        ("1.26.4", "2.0.0rc1", "major"),
        ("2.0", "1!0.1", "major"),
        ("0!1.0", "1.0", "build"),
        ("9", "10", "major"),
        ("0.27.0", "0.28.0", "minor"),
        ("v1.2", "1.3", "minor"),
        ("1", "1.1", "minor"),
        ("1.7_3", "1.8_1", "minor"),
        ("1.7_3", "1.7_4", "patch"),
        ("1.26.4", "1.26.5", "patch"),
        ("6.9.7.3", "6.9.7.4", "patch"),
        ("1.1.1v", "1.1.1w", "patch"),
        ("9d", "9e", "patch"),
        ("1.0rc1", "1.0", "patch"),
        ("1.0", "1.0.post1", "patch"),
        ("2024.08.1", "2024.09.0", "patch"),
        ("2023.7.22", "2024.2.2", "minor"),
        ("2024a", "2024b", "patch"),
        ("2024a", "2025a", "minor"),
        ("0.21.0", "2022.3.0", "major"),
        ("2.1.0+cu118", "2.1.0+cu121", "build"),
        ("2.1.0", "2.1.0+cpu", "build"),
        ("1.0", "1.0.0", "build"),
        ("1.0", "1.0", None),
        ("", "1.0", None),
        ("dev", "1.0", None),
        ("1." + "9" * 5000, "1.1", "minor"),
    ],
)
def test_the_first_part_that_differs_says_how_big_a_step_is(
    before: str, after: str, expected: Magnitude | None
) -> None:
    assert magnitude(before, after) == magnitude(after, before) == expected
