"""What py-rattler was not told gets into the records, at the latest when all is linked, and no other way."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from envgit.errors import RestoreFailed
from envgit.restore.conda.job import Artifact, Job
from envgit.restore.conda.records import Records, require_linked

if TYPE_CHECKING:
    from pathlib import Path

_ARTIFACT = Artifact(
    name="zlib",
    version="1.3",
    build="h0_0",
    build_number=0,
    subdir="linux-64",
    fn="zlib-1.3-h0_0.conda",
    channel="https://example.org/c",
    url="https://example.org/c/linux-64/zlib-1.3-h0_0.conda",
    routes=(),
    twins=(),
    local="/cache/downloads/zlib-1.3-h0_0.conda",
    sha256=None,
    md5=None,
    size=None,
    noarch=None,
    depends=(),
    constrains=(),
    license=None,
    timestamp=None,
    python_site_packages_path=None,
    requested=("zlib >=1.2",),
)


@pytest.mark.parametrize("when", ["as it is linked", "at the end"])
def test_a_record_is_completed_once_whenever_it_is_there(tmp_path: Path, when: str) -> None:
    job = Job(artifacts=(_ARTIFACT,), target=str(tmp_path), prefix="/env", cache="/cache")
    records, file = Records(job), tmp_path / "conda-meta/zlib-1.3-h0_0.json"
    if when == "at the end":
        records.complete("zlib")
    file.parent.mkdir()
    file.write_text(json.dumps({"url": f"file://{_ARTIFACT.local}", "requested_specs": []}, indent=2))
    file.chmod(0o600)
    if when == "as it is linked":
        records.complete("zlib")
        completed = file.stat()

    records.complete_rest()

    assert when == "at the end" or file.stat().st_mtime_ns == completed.st_mtime_ns
    assert json.loads(file.read_bytes()) == {
        "url": _ARTIFACT.url,
        "requested_spec": "zlib >=1.2",
        "requested_specs": ["zlib >=1.2"],
    }
    assert file.stat().st_mode & stat.S_IRGRP


def test_a_package_without_a_record_was_not_linked(tmp_path: Path) -> None:
    with pytest.raises(RestoreFailed, match=r"zlib 1\.3 was not linked"):
        require_linked([_ARTIFACT], tmp_path)
