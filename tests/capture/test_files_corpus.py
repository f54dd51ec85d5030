"""The verifier against real prefixes, of which every file's hash is known and not the files themselves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.capture.files import check_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envgit.model import FileCheck

#: How many files are as recorded, missing (the repositories lack them), and without a recorded hash.
PREFIXES = {
    "AHC-Santino__example_conda_environment__prefix": (4897, 5, 794),
    "AXGKl__be_black__prefix": (4741, 2480, 5765),
    "IwamuraLabSGI__miniforge3__prefix-NRIpy": (18548, 7, 685),
}
#: How many of those that are as recorded have a hash; the others are links, which lead somewhere or do not.
HASHED = dict(zip(PREFIXES, (4897, 964, 17059), strict=True))


@pytest.fixture(params=PREFIXES)
def prefix(request: pytest.FixtureRequest, corpus: Path, tmp_path: Path) -> Path:
    """A folder with the metadata of a real prefix, and a list of all its files."""
    prefix = tmp_path / str(request.param)
    prefix.mkdir()
    for kind in ("conda-meta", "prefix-pip-metadata"):
        for part in (corpus / kind / prefix.name).iterdir():
            (prefix / part.name).symlink_to(part)
    return prefix


def files_of(prefix: Path) -> dict[str, str]:
    """SHA-256 by path of the files that are there; of a link it is that of the path in it."""
    rows = (line.split("\t") for line in (prefix / "FILES.sha256.tsv").read_text().splitlines())
    return {path: digest for _, digest, _, path in rows if digest != "MISSING-IN-SNAPSHOT"}


def checked(prefix: Path, files: Mapping[str, str]) -> FileCheck:
    """What the verifier finds where these files lie in the prefix."""
    rows = (line.split("\t") for line in (prefix / "FILES.sha256.tsv").read_text().splitlines())
    links = {path for mode, _, _, path in rows if mode == "120000"}
    folders = {os.path.dirname(path) for path in files}

    def relative(path: str) -> str:
        return os.path.relpath(path, os.path.abspath(prefix))

    return check_files(
        prefix,
        hash_file=lambda path: files.get(relative(path)),
        # Where a link leads is not known: to a folder, say.
        target=lambda path: str(prefix / "conda-meta") if relative(path) in links else None,
        exists=lambda path: relative(path) in files or relative(path) in folders,
        listing=lambda _: files,
    )


def test_every_file_of_a_real_prefix_is_found_and_none_is_suspected(prefix: Path) -> None:
    found = checked(prefix, files_of(prefix))
    assert found.altered == ()
    counts = (found.checked, len(found.missing), len(found.unverifiable))
    assert counts == PREFIXES[prefix.name]
    judged = {*found.missing, *found.unverifiable, *found.unknown}
    assert len(judged) == len(found.missing) + len(found.unverifiable) + len(found.unknown)
    known = files_of(prefix)
    assert found.checked + len(found.unverifiable) + len(found.unknown) == len(known)
    assert not set(found.missing) & set(known)


def test_each_file_of_a_real_prefix_that_is_altered_or_missing_is_found(prefix: Path) -> None:
    known = files_of(prefix)
    clean = checked(prefix, known)
    altered = checked(prefix, dict.fromkeys(known, "0" * 64)).altered
    assert len(altered) == HASHED[prefix.name]
    sample = [path for path in altered if not path.endswith(".pyc")][::2000]
    for path in sample:
        assert checked(prefix, {**known, path: "0" * 64}).altered == (path,)
    rest = {path: digest for path, digest in known.items() if path not in sample}
    assert checked(prefix, rest).missing == tuple(sorted((*clean.missing, *sample)))
