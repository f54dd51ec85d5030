"""Real conda environments, solved and installed from the tests' channel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.builders.venv import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.channel import Channel

PROJECT = Path(__file__).resolve().parents[2]


def conda_install(
    channel: Channel | list[Channel], specs: Sequence[str], prefix: Path, *, link_scripts: bool = False
) -> Path:
    """Install what ``specs`` need into ``prefix``, and return it.

    What the specs do not need is removed, so a second call upgrades; what pip installed stays. The
    history says it as conda would have.

    Args:
        channel: where packages come from; several in order of priority.
        specs: match specs, such as ``python``, ``six=1.16`` or ``variant=1.0=cpu_0``.
        prefix: made when it is not there.
        link_scripts: whether post-link and pre-unlink scripts of packages run.

    Raises:
        CommandFailed: the specs cannot be solved, or a package cannot be had.
    """
    channels = channel if isinstance(channel, list) else [channel]
    cache = channels[0].path.parent / "install-cache"
    before = _records(prefix)
    order = {
        "channels": [one.url for one in channels],
        "specs": list(specs),
        "prefix": str(prefix),
        "cache": str(cache),
        "link_scripts": link_scripts,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.channel.install"],
        cwd=PROJECT,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
    )
    # Not by the exit status, which may tell of a crash after all was done.
    linked = [file.stem for file in (prefix / "conda-meta").glob("*.json")]
    if "Traceback" in ran.stderr or sorted(linked) != sorted(ran.stdout.split()):
        raise CommandFailed(f"conda_install exited with {ran.returncode}:\n{ran.stderr}{ran.stdout}")
    _append_history(prefix, before, specs)
    return prefix


def _records(prefix: Path) -> dict[str, dict[str, Any]]:
    """The records of a prefix, by conda's name for them (``channel/subdir::name-version-build``)."""
    records = {}
    for file in sorted((prefix / "conda-meta").glob("*.json")):
        record = json.loads(file.read_text())
        channel = record["channel"].rstrip("/").removesuffix("/" + record["subdir"])
        records[f"{channel}/{record['subdir']}::{record['name']}-{record['version']}-{record['build']}"] = (
            record
        )
    return records


def _append_history(prefix: Path, before: dict[str, dict[str, Any]], specs: Sequence[str]) -> None:
    """Add a revision to the history (CEP 32): py-rattler leaves it as it was, or empty."""
    after = _records(prefix)
    verb = "install" if before else "create"
    lines = [
        f"==> 2024-05-0{1 + bool(before)} 12:00:00 <==",
        f"# cmd: conda {verb} -p {prefix} {' '.join(specs)}",
        "# conda version: 24.9.2",
        *(f"-{name}" for name in before if name not in after),
        *(f"+{name}" for name in after if name not in before),
        f"# update specs: {json.dumps(list(specs))}",
    ]
    with (prefix / "conda-meta/history").open("a") as history:
        history.write("\n".join(lines) + "\n")
