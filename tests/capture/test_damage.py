"""Whatever is done to the files of a prefix, a capture ends with an environment, never with a traceback."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envgit.capture.files import check_files
from envgit.capture.fingerprint import fingerprint
from tests.builders import CondaSpec, PypiSpec, make_egg_info, make_prefix
from tests.capture.captures import captured

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small prefix with a file of every kind that capture reads."""
    prefix = make_prefix(
        tmp_path_factory.mktemp("whole") / "prefix",
        conda={"six": CondaSpec(version="1.16.0", dists={"six": "1.16.0"}, noarch="python")},
        pypi={
            "demo": PypiSpec(
                version="1.0",
                scripts={"demo": "demo:main"},
                direct_url={"url": "file:///srv/demo", "dir_info": {"editable": True}},
            )
        },
        state={"A": "1"},
        pinned=["six <2"],
    )
    make_egg_info(prefix, "old", "1.0")
    (prefix / ".condarc").write_text("channels: [conda-forge]\n")
    return prefix


@given(
    victim=st.integers(min_value=0),
    place=st.floats(0, 1),
    damage=st.one_of(
        st.binary(max_size=20), st.sampled_from([b"null", b"[]", b"\x00", b'"', b"{", b"../" * 9])
    ),
    keep=st.booleans(),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_never_ends_a_capture(
    whole: Path, victim: int, place: float, damage: bytes, keep: bool
) -> None:
    files = sorted(file for file in whole.rglob("*") if file.is_file())
    file = files[victim % len(files)]
    content = file.read_bytes()
    cut = int(place * len(content))
    try:
        file.write_bytes(content[:cut] + damage + (content[cut:] if keep else b""))
        captured(whole)
        check_files(whole)
        fingerprint(str(whole), home="/nowhere")
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("becomes", ["folder", "gone", "loop"])
def test_any_file_may_be_something_else(whole: Path, tmp_path: Path, becomes: str) -> None:
    for file in sorted(file.relative_to(whole) for file in whole.rglob("*") if file.is_file()):
        prefix = tmp_path / "prefix"
        shutil.copytree(whole, prefix)
        (prefix / file).unlink()
        if becomes == "folder":
            (prefix / file).mkdir()
        elif becomes == "loop":
            (prefix / file).symlink_to((prefix / file).name)
        captured(prefix)
        check_files(prefix)
        fingerprint(str(prefix), home="/nowhere")
        shutil.rmtree(prefix)
