"""Records of packages that another program linked, put right: they say what was recorded, as ours do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from envgit.model import CondaPackage
    from envgit.restore.conda.job import Artifact

#: Where the program had the package while it linked it; nothing is left there.
_PASSING = ("extracted_package_dir", "package_tarball_full_path")


def correct_records(packages: Sequence[CondaPackage], artifacts: Sequence[Artifact], prefix: Path) -> None:
    """Put into the records of linked packages where they come from, and all else that is known of them.

    Raises:
        RestoreFailed: a package has no record that can be read, so it was not linked.
    """
    for package, artifact in zip(packages, artifacts, strict=True):
        file = prefix / "conda-meta" / f"{artifact.dist_name}.json"
        try:
            record = json.loads(file.read_bytes())
        except (FileNotFoundError, ValueError) as error:
            raise RestoreFailed(f"{package.name} {package.version} was not linked: no {file.name}") from error
        file.write_text(json.dumps(_corrected(record, package, artifact), indent=2), encoding="utf-8")


def _corrected(record: dict[str, Any], package: CondaPackage, artifact: Artifact) -> dict[str, Any]:
    known = {
        "url": artifact.url,
        "channel": artifact.channel,
        "subdir": artifact.subdir,
        "fn": artifact.fn,
        "sha256": artifact.sha256,
        "md5": artifact.md5,
        "size": artifact.size,
        "license": artifact.license,
        "timestamp": artifact.timestamp,
        "depends": list(artifact.depends),
        "constrains": list(artifact.constrains),
    }
    kept = {key: value for key, value in record.items() if key not in _PASSING}
    kept["link"] = {"source": "", "type": record.get("link", {}).get("type", 1)}
    kept.pop("requested_spec", None)  # these programs take all that they are given for requested
    kept.pop("requested_specs", None)
    if package.requested:
        known |= {"requested_spec": package.requested[0], "requested_specs": list(package.requested)}
    return kept | {key: value for key, value in known.items() if value is not None}
