"""The host as it is now, observed once as long as it stays the same: observing takes longer than a commit."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.capture.host_mark import host_mark
from envgit.errors import BadFile
from envgit.store.files import replace_file

if TYPE_CHECKING:
    from envgit.model import Host
    from envgit.operations.workspace import Workspace


def current_host(workspace: Workspace) -> Host:
    """The facts of this host, from the cache while its mark is the same."""
    file, mark = os.path.join(workspace.repository.state_dir, "host.json"), host_mark()
    known = _recalled(file, mark)
    if known is not None:
        return known
    from envgit.capture.host import observe_host

    host = observe_host()
    _remember(file, mark, host)
    return host


def _recalled(file: str, mark: str) -> Host | None:
    from envgit.formats.manifest import decode_host

    try:
        with open(file, encoding="utf-8") as opened:
            kept = json.load(opened)
        return decode_host(kept["observation"].encode(), where=file) if kept["mark"] == mark else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, BadFile):
        return None  # a cache: whatever is wrong with it, the host itself has the answer


def _remember(file: str, mark: str, host: Host) -> None:
    from envgit.formats.manifest import encode_host

    kept = {"mark": mark, "observation": encode_host(host).decode()}
    with suppress(OSError):  # a repository that may only be read can still be compared with
        replace_file(file, json.dumps(kept))
