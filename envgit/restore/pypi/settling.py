"""What is put right in the Python layer after uv has installed it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.restore.enclosure import require_harmless
from envgit.restore.pypi.alterations import dist_infos
from envgit.restore.pypi.record import Record
from envgit.restore.relocation import overwrite, relocate, require_relocated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import Distribution, Source
    from envgit.restore.layout import Layout

#: What an INSTALLER file may say: the name of a program (PEP 376).
_PROGRAM = re.compile(r"[A-Za-z0-9][\w.-]{0,30}", re.ASCII)


def settle(layer: Sequence[Distribution], layout: Layout, *, staging: Path, suffix: str) -> None:
    """Give installed distributions their final paths and what was recorded of them, and keep RECORD true.

    Args:
        layer: the distributions that were installed, as recorded.
        layout: of the staged environment.
        staging: where that stands.
        suffix: of the staging folder.

    Raises:
        RestoreFailed: a file that uv wrote still holds the path of the staging folder, or is one that no
            distribution may bring.
    """
    installed = dist_infos(layout.site_packages)
    folders = []
    for distribution in layer:
        dist_info = installed.get(distribution.name)
        if dist_info is None or not (dist_info / "RECORD").is_file():
            continue
        folders.append(dist_info)
        record = Record(dist_info)
        _mark_requested(record, dist_info, requested=distribution.requested)
        _name_installer(record, dist_info, distribution.installer)
        if distribution.source is not None:
            _complete_direct_url(record, dist_info, distribution.source)
        else:
            _forget_file(record, dist_info)
        editable = distribution.source is not None and distribution.source.editable
        paths = record.paths()
        require_harmless(distribution.name, (file for _, file in paths), staging)
        for path, file in paths:
            if editable or _may_hold_prefix(file, dist_info, layout):
                content = relocate(Path(file), suffix)
                if content is not None:
                    record.set(path, content)
        record.write()
    require_relocated(_written(folders, layout), suffix)


def _mark_requested(record: Record, dist_info: Path, *, requested: bool) -> None:
    """Put the recorded mark back: uv takes all that it is given for requested, and is given everything."""
    mark = dist_info / "REQUESTED"
    path = f"{dist_info.name}/REQUESTED"
    if requested:
        mark.touch()
        record.set(path, b"")
    else:
        mark.unlink(missing_ok=True)
        record.discard(path)


def _name_installer(record: Record, dist_info: Path, installer: str | None) -> None:
    """Name the program again that installed it: some uninstall only what they have installed themselves."""
    file = dist_info / "INSTALLER"
    known = installer and _PROGRAM.fullmatch(installer)
    if known and file.is_file() and file.read_text(errors="replace").strip() != installer:
        content = f"{installer}\n".encode()
        overwrite(file, content)
        record.set(f"{dist_info.name}/INSTALLER", content)


def _forget_file(record: Record, dist_info: Path) -> None:
    """Leave no trace of the file that stood in for what an index served."""
    for name in ("direct_url.json", "uv_cache.json"):
        (dist_info / name).unlink(missing_ok=True)
        record.discard(f"{dist_info.name}/{name}")


def _complete_direct_url(record: Record, dist_info: Path, source: Source) -> None:
    """Say of the origin (PEP 610) what uv leaves out or does not know: the hash it checked, the branch.

    Wherever a file was had from now, its origin is what was recorded: but for one of an index, which stands
    in for it, and of which nobody has checked that hash.
    """
    file = dist_info / "direct_url.json"
    if not file.is_file():
        return
    url = json.loads(file.read_bytes())
    if source.kind == "archive":
        url["url"] = source.url
        url["archive_info"] = {"hashes": {"sha256": source.sha256}} if source.sha256 else {}
    if "vcs_info" in url:
        url["vcs_info"].pop("requested_revision", None)
        if source.requested_revision:
            url["vcs_info"]["requested_revision"] = source.requested_revision
    content = json.dumps(url).encode()
    overwrite(file, content)
    record.set(f"{dist_info.name}/{file.name}", content)


def _may_hold_prefix(file: str, dist_info: Path, layout: Layout) -> bool:
    """Whether an installer writes paths into this file: scripts, ``.pth`` files, its own metadata."""
    folder = os.path.dirname(file)
    if folder == os.fspath(layout.scripts):
        return _is_script(Path(file))
    return folder == os.fspath(dist_info) or (
        file.endswith(".pth") and folder == os.fspath(layout.site_packages)
    )


def _written(folders: Sequence[Path], layout: Layout) -> Iterator[Path]:
    """Every file in which uv may have written a path, by what lies there rather than by what is recorded."""
    yield from (file for file in layout.scripts.iterdir() if _is_script(file))
    yield from layout.site_packages.glob("*.pth")
    for folder in folders:
        yield from folder.iterdir()


def _is_script(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(2) == b"#!"
