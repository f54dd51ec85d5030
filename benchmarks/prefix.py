"""Generate a conda prefix of the size of a real one: its metadata alone, the same for the same seed.

Of its 240 dist-info folders 220 came with one of the 400 conda packages, the others with pip. Nothing runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = 400
OF_CONDA = 220
OF_PIP = 20
#: How many files a package brings.
SIZES = (50, 300)

_PYTHON = "3.12.4"
_SITE = "lib/python3.12/site-packages"
_CHANNEL = "https://conda.anaconda.org/conda-forge"
_WHEEL = "Wheel-Version: 1.0\nGenerator: setuptools (75.1.0)\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_PARAGRAPH = "It reads what others write, and says so in as many words as a description has to have. " * 4


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    path: str
    sha256: str
    size: int


def generate(path: Path, *, seed: int = 1) -> Path:
    """Write the prefix at ``path``, and return it."""
    chance = random.Random(seed)  # noqa: S311 - the same every time, no secret
    (path / "conda-meta").mkdir(parents=True)
    (path / "bin").mkdir()
    (path / "bin/python").touch()
    (path / _SITE).mkdir(parents=True)
    _link(path, "python", _PYTHON, chance, dist=False)
    for number in range(1, RECORDS):
        _link(path, _name(number), _version(chance), chance, dist=number <= OF_CONDA)
    for number in range(OF_PIP):
        name = f"wheel-{number:03}"
        _write_dist(path, name, _version(chance), _modules(name, chance), chance, installer="pip")
    return path


def upgrade(prefix: Path, version: str) -> None:
    """Replace one package and the distribution it brings by another version, as conda does."""
    name = _name(1)
    for record in (prefix / "conda-meta").glob(f"{name}-*.json"):
        record.unlink()
    for dist_info in (prefix / _SITE).glob(f"{_module(name)}-*.dist-info"):
        shutil.rmtree(dist_info)
    _link(prefix, name, version, random.Random(version), dist=True)  # noqa: S311


def _name(number: int) -> str:
    return f"package-{number:03}"


def _needed(name: str, packages: int) -> list[str]:
    """What a package depends on: the same in each of its versions, as a rule."""
    chance = random.Random(name)  # noqa: S311
    return [_name(chance.randrange(1, packages)) for _ in range(4)]


def _module(name: str) -> str:
    return name.replace("-", "_")


def _version(chance: random.Random) -> str:
    return f"{chance.randrange(5)}.{chance.randrange(30)}.{chance.randrange(10)}"


def _link(prefix: Path, name: str, version: str, chance: random.Random, *, dist: bool) -> None:
    """Add a package: its record, its dist-info if it brings one, and a line in the history."""
    if dist:
        files = _modules(name, chance)
        files += _write_dist(prefix, name, version, files, chance, installer="conda")
    else:
        files = [_file(f"include/{name}/part_{n:03}.h", chance) for n in range(chance.randint(*SIZES))]
    record = _record(name, version, files, chance, noarch=dist and chance.random() < 0.6)
    stem = f"{name}-{version}-{record['build']}"
    (prefix / f"conda-meta/{stem}.json").write_text(json.dumps(record, indent=2))
    with (prefix / "conda-meta/history").open("a") as history:
        history.write(f"==> 2025-01-01 12:00:00 <==\n# cmd: conda install {name}\n+conda-forge::{stem}\n")


def _record(
    name: str, version: str, files: list[_File], chance: random.Random, *, noarch: bool
) -> dict[str, object]:
    """A record of ``conda-meta`` with the fields that conda writes (CEP 32)."""
    build = f"h{chance.getrandbits(28):07x}_0"
    subdir = "noarch" if noarch else "linux-64"
    stem = f"{name}-{version}-{build}"
    cached = f"/home/ada/miniforge3/pkgs/{stem}"
    entries = [
        {
            "_path": file.path,
            "path_type": "hardlink",
            "sha256": file.sha256,
            "sha256_in_prefix": file.sha256,
            "size_in_bytes": file.size,
        }
        for file in files
    ]
    return {
        "build": build,
        "build_number": 0,
        "channel": f"{_CHANNEL}/{subdir}",
        "constrains": [],
        "depends": [f"{needed} >=1.0,<6.0a0" for needed in _needed(name, RECORDS)],
        "extracted_package_dir": cached,
        "features": "",
        "files": [file.path for file in files],
        "fn": f"{stem}.conda",
        "license": "BSD-3-Clause",
        "link": {"source": cached, "type": 1},
        "md5": f"{chance.getrandbits(128):032x}",
        "name": name,
        "noarch": "python" if noarch else None,
        "package_tarball_full_path": f"{cached}.conda",
        "paths_data": {"paths": entries, "paths_version": 1},
        "requested_spec": "None",
        "sha256": _digest(chance),
        "size": chance.randrange(10_000, 10_000_000),
        "subdir": subdir,
        "timestamp": 1_700_000_000_000 + chance.randrange(10**9),
        "track_features": "",
        "url": f"{_CHANNEL}/{subdir}/{stem}.conda",
        "version": version,
    }


def _write_dist(
    prefix: Path, name: str, version: str, modules: list[_File], chance: random.Random, *, installer: str
) -> list[_File]:
    """Write a dist-info as pip and conda leave it; returns its files."""
    folder = f"{_SITE}/{_module(name)}-{version}.dist-info"
    texts = {
        "INSTALLER": f"{installer}\n",
        "METADATA": _metadata(name, version, chance),
        "WHEEL": _WHEEL,
        "top_level.txt": f"{_module(name)}\n",
    }
    if installer == "conda" and chance.random() < 0.75:
        # conda-forge builds with `pip install .`, which notes the folder that it built in.
        built = f"file:///home/conda/feedstock_root/build_artifacts/{name}_{chance.getrandbits(40)}/work"
        texts["direct_url.json"] = json.dumps({"dir_info": {}, "url": built})
    files = [*modules, *(_of_text(f"{folder}/{file}", text) for file, text in texts.items())]
    texts["RECORD"] = "".join(map(_row, files)) + f"{folder.removeprefix(_SITE)[1:]}/RECORD,,\n"
    (prefix / folder).mkdir()
    for file, text in texts.items():
        (prefix / folder / file).write_text(text)
    return [_of_text(f"{folder}/{file}", text) for file, text in texts.items()]


def _modules(name: str, chance: random.Random) -> list[_File]:
    count = chance.randint(*SIZES)
    return [_file(f"{_SITE}/{_module(name)}/core/part_{number:03}.py", chance) for number in range(count)]


def _metadata(name: str, version: str, chance: random.Random) -> str:
    head = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        "Summary: One of many packages",
        "License: BSD-3-Clause",
        "Requires-Python: >=3.9",
        *(f"Requires-Dist: {needed}>=1.0" for needed in _needed(name, OF_CONDA)),
    ]
    return "\n".join(head) + "\n\n" + "\n\n".join([_PARAGRAPH] * chance.randint(4, 40)) + "\n"


def _row(file: _File) -> str:
    """A row of RECORD, whose hashes are in URL-safe base64 without padding (PEP 376, PEP 427)."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(file.sha256)).rstrip(b"=").decode()
    return f"{file.path.removeprefix(_SITE)[1:]},sha256={digest},{file.size}\n"


def _file(path: str, chance: random.Random) -> _File:
    return _File(path=path, sha256=_digest(chance), size=chance.randrange(100, 50_000))


def _of_text(path: str, text: str) -> _File:
    content = text.encode()
    return _File(path=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def _digest(chance: random.Random) -> str:
    return f"{chance.getrandbits(256):064x}"
