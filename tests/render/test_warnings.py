"""Warnings that many lines of one file share are one line for people."""

from __future__ import annotations

from envgit.model import Warned
from envgit.render.warnings import warning_lines


def local(*names: str, file: str = "fr.txt") -> list[Warned]:
    return [
        Warned(kind="local-path", message=f"{file}, line {number}: {name} comes from file:///x/{name}")
        for number, name in enumerate(names, 1)
    ]


def test_few_warnings_are_told_one_by_one() -> None:
    told = [*local("a", "b", "c"), *local("a", "b", file="other.txt")]
    assert warning_lines(told) == [warned.message for warned in told]


def test_many_of_one_kind_in_one_file_are_one_line_with_the_first_and_the_number_of_the_rest() -> None:
    option = Warned(kind="option", message="fr.txt, line 9: `-r a` is not followed")
    assert warning_lines([*local(*"abcdefg"), option]) == [
        "fr.txt, lines 1, 2, 3 and 4 more: a comes from file:///x/a; and alike b, c, d and 3 more",
        "fr.txt, line 9: `-r a` is not followed",
    ]


def test_what_stands_on_no_line_is_told_by_its_subject() -> None:
    told = [Warned(kind="condition", message=f"x.lock: `{name}` is, if: so") for name in "abcd"]
    assert warning_lines(told) == ["x.lock: `a` is, if: so; and alike `b`, `c`, `d`"]


def test_what_is_of_no_file_is_never_left_out() -> None:
    told = [Warned(kind="lost", message=f"explicit does not keep {thing}: x") for thing in "abcdef"]
    assert warning_lines(told) == [warned.message for warned in told]
