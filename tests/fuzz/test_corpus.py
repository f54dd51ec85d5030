"""Real files, damaged in ways that real files are: each is read, or refused in plain words."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from envgit.errors import BadFile
from envgit.formats import decode_any
from tests.fuzz.damage import damaged_bytes

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("conda-lock", "decoys", "environment-yml", "explicit", "pixi-lock", "pylock", "requirements")
#: What is larger takes as long as a hundred others, and holds nothing else.
LARGEST = 60_000


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_real_files_are_read_or_refused(corpus: Path, kind: str) -> None:
    paths = sorted(path for path in (corpus / kind).rglob("*") if path.is_file())
    contents = [path.read_bytes() for path in paths if path.stat().st_size < LARGEST]
    random = Random(kind)
    assert contents
    for content in contents:
        damaged = damaged_bytes(content, random, other=random.choice(contents))
        try:
            read = decode_any(damaged, where="the-file", platform="linux-64")
        except BadFile as error:
            said = [error.message]
        else:
            said = [warned.message for warned in read.warnings]
        assert all(message.startswith("the-file") for message in said), said
