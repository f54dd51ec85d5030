"""YAML of strangers ends in values or in one clear error, soon."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from envgit.errors import BadFile
from envgit.formats.syntax.yaml_line import scalar
from envgit.formats.syntax.yaml_text import load_yaml

MERGE_BOMB = "a0: &a0 {k: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40)
)
ALIAS_BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 40)
)

REFUSED = {
    "unknown tag": (
        "channels: !!python/tuple [a]",
        "f.yml, line 1, column 11: the tag !!python/tuple is understood by the program that wrote it alone",
    ),
    "code": (
        "a: !!python/object/apply:os.system [id]",
        "f.yml, line 1, column 4: the tag !!python/object/apply:os.system is understood by the program that "
        "wrote it alone",
    ),
    "local tag": (
        "a: !mine 1",
        "f.yml, line 1, column 4: the tag !mine is understood by the program that wrote it alone",
    ),
    "unclosed": ("{a: 1", "f.yml, line 2, column 1: did not find expected ',' or '}'"),
    "tab": (
        "a:\n\t- b",
        "f.yml, line 2, column 1: found character that cannot start any token "
        "(the line holds a tab; YAML wants spaces)",
    ),
    "two documents": ("a: 1\n---\nb: 1", "f.yml, line 2, column 1: but found another document"),
    "list as key": ("? [a]\n: b", "f.yml, line 1, column 3: found unhashable key"),
    "bytes": (
        "a: !!binary eA==",
        "f.yml, line 1, column 4: the tag !!binary is understood by the program that wrote it alone",
    ),
    "control character": (
        "a: \x01",
        "f.yml: unacceptable character #x0001: control characters are not allowed",
    ),
    "undefined alias": ("a: *y", "f.yml, line 1, column 4: alias *y is undefined or contains itself"),
    "recursive alias": ("a: &x [*x]", "f.yml, line 1, column 8: alias *x is undefined or contains itself"),
    "recursive alias of a known name": (
        "- &x a\n- &x [*x]",
        "f.yml, line 2, column 7: alias *x is undefined or contains itself",
    ),
    "merge bomb": (MERGE_BOMB, "f.yml, line 16, column 17: expands to more than 250,000 values"),
    "alias bomb": (ALIAS_BOMB, "f.yml, line 7, column 10: expands to more than 250,000 values"),
    "deep brackets": ("[" * 100_000, "f.yml, line 1, column 101: nested deeper than 100 levels"),
    "deep dashes": ("- " * 50_000, "f.yml, line 1, column 201: nested deeper than 100 levels"),
    "deep braces": ("{a: " * 5_000, "f.yml, line 1, column 401: nested deeper than 100 levels"),
    "long value": ("a:\n- " + "x" * 70_000, "f.yml, line 2, column 3: a value of 70,000 characters"),
    "huge": ("# " + "x" * (32 * 2**20), "f.yml: larger than 32 MiB, which no environment file is"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_soon_in_one_sentence(text: str, message: str) -> None:
    started = time.monotonic()
    with pytest.raises(BadFile) as refused:
        load_yaml(text, "f.yml")
    assert refused.value.message == message
    assert time.monotonic() - started < 5


def test_the_pure_python_loader_refuses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    for name in (
        "unknown tag",
        "recursive alias",
        "merge bomb",
        "deep brackets",
        "deep dashes",
        "bytes",
    ):
        text, message = REFUSED[name]
        with pytest.raises(BadFile) as refused:
            load_yaml(text, "f.yml")
        assert refused.value.message.partition(":")[2] == message.partition(":")[2]


def test_anchors_and_merge_keys_in_reason_are_read() -> None:
    assert load_yaml("a: &a {x: v}\nb: {<<: *a, y: [*a, *a]}", "f") == {
        "a": {"x": "v"},
        "b": {"x": "v", "y": [{"x": "v"}, {"x": "v"}]},
    }


WRITTEN = (
    *("yes", "no", "on", "True", "022", "0x1F", "1_0", "12:30", "1e3", "1.10", ".inf", "2024-13-45", "="),
    *("0x" + "f" * 6000, ":".join("1" * 30_000)),
)


@pytest.mark.parametrize("text", WRITTEN, ids=lambda text: text[:12])
def test_numbers_flags_and_dates_are_the_text_that_was_written(text: str) -> None:
    assert load_yaml(f"- {text}", "f") == [text]


@pytest.mark.parametrize("tag", ["bool", "int", "float", "timestamp"])
def test_a_tag_of_a_number_flag_or_date_does_not_say_that_it_is_one(tag: str) -> None:
    assert load_yaml(f"- !!{tag} xyz\n- !!{tag} ''", "f") == ["xyz", ""]


def test_nothing_is_no_text() -> None:
    assert load_yaml("[a, ~, null, 'null', !!null x]", "f") == ["a", None, None, "null", None]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_scalar_written_by_hand_is_the_same_text_to_every_loader(text: str) -> None:
    for written, place in ((f"- {scalar(text)}\n", 0), (f"{scalar(text)}: 1\n", text)):
        for loader in (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            loaded: Any = yaml.load(written, Loader=loader)
            assert loaded[place] == (text if place == 0 else 1)


AMBIGUOUS = (
    "null", "~", "True", "no", "ON", "y", "1.10", "0x1F", "1e3", "1:30", "2024-01-01", ".inf", "-", "=", "<<",
    "a:", "a: b", "a #b", "- a", "*a", "&a", "!a", "%a", "@a", "`a", "'a'", '"a"', "[a]", "{a}", " a ", "",
)  # fmt: skip


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_a_text_that_yaml_would_take_for_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')
    assert load_yaml(f"[{scalar(text)}]", "f") == [text]


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert load_yaml(scalar("a\udc80"), "f") == "a\ufffd"
