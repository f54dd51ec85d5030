"""Python distributions as installers leave them: dist-info, egg-info, editable, clobbered, orphaned."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LAUNCHER = """\
#!{python}
# -*- coding: utf-8 -*-
import re
import sys
from {module} import {name}
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit({name}())
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class PypiSpec:
    """One distribution to write into site-packages.

    ``files`` are text by path relative to site-packages; a module with the version when None.
    ``scripts`` are console entry points (``{"six": "six:main"}``), written to ``bin`` too.
    ``installer`` None writes no INSTALLER, ``record`` False no RECORD. ``direct_url`` is PEP 610's.
    """

    version: str
    files: Mapping[str, str] | None = None
    installer: str | None = "pip"
    requested: bool = True
    requires: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)
    direct_url: Mapping[str, object] | None = None
    tags: tuple[str, ...] = ("py3-none-any",)
    record: bool = True


def site_packages(prefix: Path) -> Path:
    """The one ``lib/python3.x/site-packages`` of a POSIX prefix."""
    (found,) = prefix.glob("lib/python3.*/site-packages")
    return found


def module_name(name: str) -> str:
    """The name of the module, and of the dist-info folder's first half, for a distribution's name."""
    return name.replace("-", "_").replace(".", "_").lower()


def write_dist(prefix: Path, name: str, spec: PypiSpec) -> tuple[str, ...]:
    """Install one distribution as pip would; returns its files, relative to the prefix, sorted."""
    site = site_packages(prefix)
    module = module_name(name)
    dist_info = site / f"{module}-{spec.version}.dist-info"
    sources = {f"{module}.py": f"__version__ = {spec.version!r}\n"} if spec.files is None else spec.files
    texts = {site / path: text for path, text in sources.items()}
    texts |= {dist_info / file: text for file, text in _metadata_files(name, spec).items()}
    texts |= {prefix / "bin" / script: _launcher(prefix, target) for script, target in spec.scripts.items()}
    for file, text in texts.items():
        _write(file, text, executable=file.parent == prefix / "bin")
    written = sorted(texts)
    if spec.record:
        write_record(dist_info, written)
        written.append(dist_info / "RECORD")
    return tuple(sorted(file.relative_to(prefix).as_posix() for file in written))


def write_record(dist_info: Path, files: list[Path]) -> None:
    """Write the RECORD of these files, as PEP 376 has it."""
    site = dist_info.parent
    lines = [record_row(file, site) for file in files]
    lines.append(f"{dist_info.name}/RECORD,,")
    _write(dist_info / "RECORD", "\n".join(sorted(lines)) + "\n")


def record_row(file: Path, site: Path) -> str:
    """The row of one file in a RECORD below ``site``."""
    content = file.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{os.path.relpath(file, site)},sha256={digest},{len(content)}"


def clobber_with_pip(prefix: Path, name: str, version: str) -> Path:
    """Do as ``pip install name==version`` over any other version of it; returns the new dist-info.

    What the old RECORD lists is removed, also when conda brought it: conda's own record of it stays.
    """
    site = site_packages(prefix)
    module = module_name(name)
    for old in site.glob(f"{module}-*.dist-info"):
        for line in (old / "RECORD").read_text().splitlines():
            (site / line.split(",")[0]).unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)
    write_dist(prefix, name, PypiSpec(version=version))
    return site / f"{module}-{version}.dist-info"


def make_egg_info(prefix: Path, name: str, version: str, *, as_file: bool = False) -> Path:
    """Write the egg-info that ``setup.py install`` (or, as a single file, distutils) left behind."""
    site = site_packages(prefix)
    module = module_name(name)
    _write(site / f"{module}.py", f"__version__ = {version!r}\n")
    egg_info = site / f"{module}-{version}.egg-info"
    if as_file:
        return _write(egg_info, _metadata(name, PypiSpec(version=version)))
    _write(egg_info / "PKG-INFO", _metadata(name, PypiSpec(version=version)))
    _write(egg_info / "SOURCES.txt", f"setup.py\n{module}.py\n")
    _write(egg_info / "top_level.txt", f"{module}\n")
    _write(egg_info / "dependency_links.txt", "\n")
    return egg_info


def make_editable(prefix: Path, name: str, version: str, source: Path) -> Path:
    """Write what ``pip install -e source`` leaves: a ``.pth`` and a dist-info that says editable."""
    module = module_name(name)
    spec = PypiSpec(
        version=version,
        files={f"__editable__.{module}-{version}.pth": f"{source}\n"},
        direct_url={"dir_info": {"editable": True}, "url": source.resolve().as_uri()},
    )
    write_dist(prefix, name, spec)
    return site_packages(prefix) / f"{module}-{version}.dist-info"


def make_orphan(prefix: Path, name: str, version: str) -> Path:
    """Write metadata that no installer answers for: neither RECORD nor INSTALLER."""
    write_dist(prefix, name, PypiSpec(version=version, installer=None, record=False, requested=False))
    return site_packages(prefix) / f"{module_name(name)}-{version}.dist-info"


def _metadata(name: str, spec: PypiSpec) -> str:
    requires = "".join(f"Requires-Dist: {requirement}\n" for requirement in spec.requires)
    return (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {spec.version}\nSummary: Made by a test\n{requires}\n"
    )


def _metadata_files(name: str, spec: PypiSpec) -> dict[str, str]:
    """The text of each file of the dist-info but RECORD."""
    tags = "".join(f"Tag: {tag}\n" for tag in spec.tags)
    pure = str(spec.tags[0].endswith("-any")).lower()
    texts = {
        "METADATA": _metadata(name, spec),
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: test (1.0)\nRoot-Is-Purelib: {pure}\n{tags}\n",
    }
    if spec.installer is not None:
        texts["INSTALLER"] = f"{spec.installer}\n"
    if spec.requested:
        texts["REQUESTED"] = ""
    if spec.direct_url is not None:
        texts["direct_url.json"] = json.dumps(spec.direct_url)
    if spec.scripts:
        lines = [f"{script} = {target}\n" for script, target in spec.scripts.items()]
        texts["entry_points.txt"] = "[console_scripts]\n" + "".join(lines)
    return texts


def _launcher(prefix: Path, target: str) -> str:
    module, name = target.split(":")
    return LAUNCHER.format(python=prefix / "bin/python", module=module, name=name)


def _write(file: Path, text: str, *, executable: bool = False) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if executable:
        file.chmod(0o755)
    return file
