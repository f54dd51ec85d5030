"""Whatever is done to a file, its reader reads it or refuses it in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.formats import decode_any
from envgit.formats.conda import explicit, text_spec
from envgit.formats.pip import requirements
from tests.formats.environments import dist, environment, from_url
from tests.fuzz import samples
from tests.fuzz.damage import damaged_bytes, damaged_document
from tests.fuzz.readers import FILES, READERS, read_or_refused

if TYPE_CHECKING:
    from random import Random

randoms = st.randoms(use_true_random=False)


@pytest.mark.parametrize("name", READERS)
def test_the_undamaged_files_are_read(name: str) -> None:
    reader = READERS[name]
    for file in reader.files:
        assert read_or_refused(reader.decode, file.encode()), file


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.parse])
@given(randoms, st.data())
def test_whatever_values_a_document_holds_it_is_read_or_refused(
    name: str, random: Random, data: st.DataObject
) -> None:
    reader = READERS[name]
    assert reader.parse
    assert reader.dump
    document = reader.parse(data.draw(st.sampled_from(reader.files)))
    text = reader.dump(damaged_document(document, random, times=data.draw(st.integers(1, 3))))
    content = text.encode(errors="surrogatepass")
    read_or_refused(reader.decode, content)


@pytest.mark.parametrize("name", READERS)
@given(randoms, st.data())
def test_whatever_bytes_a_file_loses_it_is_read_or_refused(
    name: str, random: Random, data: st.DataObject
) -> None:
    reader = READERS[name]
    content = data.draw(st.sampled_from(reader.files)).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        content = damaged_bytes(content, random, other=data.draw(st.sampled_from(FILES)).encode())
    read_or_refused(reader.decode, content)
    read_or_refused(decode_any, content)


def test_names_that_no_file_can_have_are_left_out_with_a_warning() -> None:
    text = f"dependencies: [zlib, {'a' * 300}]"
    read = read_or_refused(decode_any, text.encode())
    assert read
    assert [package.name for package in read.environment.conda] == ["zlib"]
    (warned,) = read.warnings
    assert (warned.kind, "has 300 characters" in warned.message) == ("unreadable", True)


def test_extras_of_a_lock_without_versions_are_asked_for_as_such() -> None:
    text = samples.PIXI_LOCK.replace("  version: 1.16.0\n", "").replace("-1.16.0-py3-none-any", "")
    read = read_or_refused(decode_any, text.encode())
    assert read
    assert [d.requirement for d in read.environment.distributions if d.name == "six"] == ["six[b]"]


def test_a_checkout_of_nowhere_is_recorded_such_that_it_can_be_read_again() -> None:
    assert read_or_refused(decode_any, b"a==1\nr @ git+\n")


def test_no_platform_of_a_stranger_adds_a_line() -> None:
    env = environment(dist("six"), from_url("zlib"), platform="linux-64\n--index-url https://h/\0")
    for text in (requirements.encode(env), explicit.encode(env), text_spec.encode(env)):
        assert "# platform: linux-64--index-url https://h/\n" in text
