"""Solves and installs with py-rattler: ``python -m tests.channel.install`` with the order as JSON on stdin.

Prints the solution first: one ``name-version-build`` a line.
A program of its own because py-rattler may crash at exit after its work is done: whether packages
were installed is told by the prefix, not by this program's status.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rattler import Channel, Config, Gateway, MatchSpec, Subdir, VirtualPackage, install, solve

from tests.channel.interpreter import subdir

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A test may spoil what was installed; with hard links it would spoil the cache of all others.
COPY = "allow-hard-links = false"


async def install_specs(
    channels: Sequence[str], specs: Sequence[str], prefix: str, cache: Path, *, link_scripts: bool
) -> None:
    """Make ``prefix`` hold exactly what the specs need, and what pip put there."""
    platforms: list[Subdir] = [Subdir(subdir()), Subdir("noarch")]
    wanted = [MatchSpec(spec, strict=False) for spec in specs]
    records = await solve(
        [Channel(url) for url in channels],
        wanted,
        gateway=Gateway(cache_dir=cache / "repodata"),
        platforms=platforms,
        virtual_packages=VirtualPackage.detect(),
    )
    for record in records:
        print(f"{record.name.normalized}-{record.version}-{record.build}", flush=True)  # noqa: T201
    await install(
        records,
        prefix,
        cache_dir=cache / "packages",
        execute_link_scripts=link_scripts,
        show_progress=False,
        # The wrapped object is what the binding takes here, whatever its signature says.
        requested_specs=[spec._match_spec for spec in wanted],
        config=Config.from_toml(COPY),
    )


if __name__ == "__main__":
    order = json.load(sys.stdin)
    asyncio.run(
        install_specs(
            order["channels"],
            order["specs"],
            order["prefix"],
            Path(order["cache"]),
            link_scripts=order["link_scripts"],
        )
    )
