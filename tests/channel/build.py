"""Builds the channel: ``python -m tests.channel.build FOLDER``.

A program of its own because py-rattler may crash at exit after its work is done: whether a channel
was built is told by its files, not by this program's status.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from rattler.index import index_fs

from tests.channel.catalogue import packages
from tests.channel.interpreter import CannotPack
from tests.channel.package import pack

#: Written beside the channel when the running interpreter cannot be packed; holds the reason.
REFUSAL = "refusal.txt"


def build(folder: Path) -> None:
    """Build the channel in ``folder``, or write there why it cannot be done on this machine."""
    channel = folder / "channel"
    with tempfile.TemporaryDirectory(dir=folder) as work:
        try:
            for package, tree in packages(Path(work).resolve()):
                pack(package, tree, channel)
        except CannotPack as refused:
            (folder / REFUSAL).write_text(str(refused))
            return
    asyncio.run(index_fs(channel, write_zst=True, write_shards=False))


if __name__ == "__main__":
    build(Path(sys.argv[1]))
