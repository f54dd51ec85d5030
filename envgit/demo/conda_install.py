"""A conda install without conda: ``python -m envgit.demo.conda_install -p PREFIX -c CHANNEL SPEC…``.

A program of its own because py-rattler may crash the interpreter at exit, after its work is done.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rattler import Channel, Gateway, MatchSpec, PrefixRecord, VirtualPackage, install, solve
from rattler.exceptions import FetchRepoDataError, GatewayError, InstallerError, SolverError
from rattler.package_cache import PackageCache, PackageCacheLayer

from envgit.restore.conda.cache import SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rattler import RepoDataRecord


async def conda_install(
    prefix: Path, *, channel: str, specs: Sequence[str], cache: Path, dry_run: bool = False
) -> list[str]:
    """Make ``prefix`` hold what ``specs`` need, moving nothing that need not move.

    Returns:
        What changes, a line each: ``+ pytz 2025.2 pyhd8ed1ab_0``.
    """
    wanted = [MatchSpec(spec, strict=False) for spec in specs]
    before = [PrefixRecord.from_path(file) for file in sorted((prefix / "conda-meta").glob("*.json"))]
    after = await solve(
        [Channel(channel)],
        wanted,
        gateway=Gateway(cache_dir=cache / "repodata"),
        locked_packages=before,
        virtual_packages=VirtualPackage.detect(),
    )
    if not dry_run:
        seen = sys.stderr.isatty()
        await install(
            after,
            prefix,
            # Where a checkout looks first: no package is fetched twice.
            package_cache=PackageCache.from_layers([PackageCacheLayer(cache / "conda" / SHARED)]),
            show_progress=seen,
            # The wrapped object is what the binding takes here, whatever its signature says.
            requested_specs=[spec._match_spec for spec in wanted],
        )
        if seen:
            sys.stderr.write("\n")  # its bar ends within a line
    gone, come = set(map(_name, before)), set(map(_name, after))
    return [f"- {name}" for name in sorted(gone - come)] + [f"+ {name}" for name in sorted(come - gone)]


def _name(record: RepoDataRecord) -> str:
    return f"{record.name.normalized} {record.version} {record.build}"


def main() -> int:
    """Read the command line, install, and say what changed."""
    parser = argparse.ArgumentParser(prog="python -m envgit.demo.conda_install", description=__doc__)
    parser.add_argument("-p", "--prefix", type=Path, required=True)
    parser.add_argument("-c", "--channel", required=True)
    parser.add_argument("--dry-run", action="store_true", help="only solve")
    parser.add_argument("specs", nargs="+", metavar="SPEC")
    options = vars(parser.parse_args())
    cache = Path(os.environ["ENVGIT_CACHE"])
    try:
        changes = asyncio.run(conda_install(**options, cache=cache))
    except (FetchRepoDataError, GatewayError, InstallerError, SolverError) as error:
        # py-rattler tells the whole chain of causes, the last of which is the reason.
        sys.stderr.write(f"{' '.join(str(error).split()).rpartition('Caused by: ')[2]}\n")
        return 1
    sys.stdout.write("".join(f" {line}\n" for line in changes))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once; the demo has the word
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
