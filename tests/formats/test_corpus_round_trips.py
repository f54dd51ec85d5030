"""What stands in a real file comes back from the same format, but for what is said to be lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from envgit.errors import EnvgitError
from envgit.formats.writing import Written, encode_as
from tests.formats.test_carried import read_back, wrongly_told
from tests.formats.test_corpus import read_all

if TYPE_CHECKING:
    from pathlib import Path

#: How many files of each folder are written; the others hold what the format has no place for.
WRITTEN: list[tuple[str, Written, int]] = [
    ("environment-yml", "environment-yml", 256),
    ("explicit", "explicit", 28),
    ("requirements", "requirements", 91),
    ("requirements", "requirements-local", 23),
    ("conda-lock", "conda-lock", 12),
    ("pixi-lock", "pixi-lock", 34),
    ("pylock", "pylock", 1),
]
#: "python==3.7" comes back as the looser "python=3.7"; a package without a channel is taken to be from the
#: first, be that one that the file did not list, or "defaults", which has three names.
APART = Counter({"untold conda": 1, "untold python": 1, "untold origins": 4})


@pytest.mark.parametrize(("folder", "written", "count"), WRITTEN)
def test_what_a_real_file_says_comes_back_from_its_format(
    corpus: Path, folder: str, written: Written, count: int
) -> None:
    texts = {}
    read, _ = read_all(corpus / folder)
    wrong: Counter[str] = Counter()
    for where, decoded in read.items():
        environment = decoded.environment
        try:
            texts[where] = encode_as(environment, written, name="x")
        except EnvgitError:
            continue
        wrong.update(wrongly_told(environment, read_back(texts[where], environment.platform), written).keys())
    assert len(texts) == count
    assert wrong == (APART if folder == "environment-yml" else Counter())
