"""Real wheels, made from nothing but text."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from typing import TYPE_CHECKING

from tests.builders.dists import module_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    files: Mapping[str, str] | None = None,
    entry_points: Mapping[str, str] | None = None,
    scripts: Mapping[str, str] | None = None,
    requires: tuple[str, ...] = (),
    tag: str = "py3-none-any",
) -> Path:
    """Write a wheel into ``folder`` and return it; the same arguments give the same bytes.

    Args:
        folder: made when it is not there.
        name: the distribution's name.
        version: its version.
        files: text by path relative to site-packages; a module with the version when None.
        entry_points: console scripts, such as ``{"train": "train:main"}``.
        scripts: text of scripts by name; a first line of ``#!python`` is rewritten by installers.
        requires: its requirements (PEP 508).
        tag: its compatibility tag (PEP 425).
    """
    module = module_name(name)
    dist_info = f"{module}-{version}.dist-info"
    members = dict({f"{module}.py": f"__version__ = {version!r}\n"} if files is None else files)
    members |= {f"{module}-{version}.data/scripts/{script}": text for script, text in (scripts or {}).items()}
    lines = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    members[f"{dist_info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}"
    pure = str(tag.endswith("-any")).lower()
    members[f"{dist_info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
    )
    if entry_points:
        lines = "".join(f"{script} = {target}\n" for script, target in entry_points.items())
        members[f"{dist_info}/entry_points.txt"] = f"[console_scripts]\n{lines}"
    members[f"{dist_info}/RECORD"] = _record(members, f"{dist_info}/RECORD")
    return _write(folder / f"{module}-{version}-{tag}.whl", members)


def _record(members: Mapping[str, str], itself: str) -> str:
    rows = [f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in members.items()]
    return "".join([*rows, f"{itself},,\n"])


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _write(wheel: Path, members: Mapping[str, str]) -> Path:
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in members.items():
            member = zipfile.ZipInfo(path, date_time=(2024, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, text)
    return wheel
