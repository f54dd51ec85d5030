"""A conda prefix written file by file: nothing in it runs, but every record is true."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tests.builders.dists import PypiSpec, write_dist

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CHANNELS = "https://conda.anaconda.org"
#: Where the records say that the packages were cached: a path of somebody's home, which must never be kept.
PACKAGE_CACHE = "/home/ada/miniforge3/pkgs"
TIMESTAMP = 1_700_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class CondaSpec:
    """One conda package to write; what is not given is derived from name, version and build.

    ``files`` are text by path relative to the prefix, ``dists`` the Python distributions that the
    package brings. ``requested`` are the specs that the user asked for it by. ``mapped`` False
    leaves ``site-packages/…`` in ``paths_data`` of a noarch package, as some installers do.
    ``extra`` overrides fields of the record; a value of None takes the field out.
    """

    version: str
    build: str = ""
    build_number: int = 0
    subdir: str = ""
    channel: str = "conda-forge"
    noarch: Literal["python", "generic"] | None = None
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    license: str = "MIT"
    requested: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    dists: Mapping[str, str | PypiSpec] = field(default_factory=dict)
    mapped: bool = True
    extra: Mapping[str, object] = field(default_factory=dict)


def make_prefix(
    path: Path,
    *,
    conda: Mapping[str, str | CondaSpec] | None = None,
    pypi: Mapping[str, str | PypiSpec] | None = None,
    python: str | None = "3.11.7",
    platform: str = "linux-64",
    history: str | None = None,
    state: Mapping[str, str] | None = None,
    pinned: Sequence[str] = (),
) -> Path:
    """Write a conda prefix at ``path`` and return it.

    Args:
        path: the prefix; made when it is not there.
        conda: packages by name, a bare string being the version.
        pypi: distributions which pip installed on top, a bare string being the version.
        python: full version of the prefix's python package, None for a prefix without one.
        platform: the subdir of packages that are not noarch.
        history: the text of ``conda-meta/history``; what ``conda create`` writes when None.
        state: environment variables of ``conda-meta/state``, no such file when None.
        pinned: lines of ``conda-meta/pinned``, no such file when empty.
    """
    meta = path / "conda-meta"
    meta.mkdir(parents=True, exist_ok=True)
    packages = {name: CondaSpec(version=s) if isinstance(s, str) else s for name, s in (conda or {}).items()}
    if python is not None:
        packages.setdefault("python", _python_package(python))
        _site_packages(path, packages["python"].version).mkdir(parents=True, exist_ok=True)
    records = [_link(path, name, spec, platform) for name, spec in sorted(packages.items())]
    for record in records:
        text = json.dumps(record, indent=2, sort_keys=True)
        (meta / f"{record['name']}-{record['version']}-{record['build']}.json").write_text(text)
    for name, dist in (pypi or {}).items():
        write_dist(path, name, PypiSpec(version=dist) if isinstance(dist, str) else dist)
    specs = [spec for package in packages.values() for spec in package.requested]
    (meta / "history").write_text(_history(records, specs) if history is None else history)
    if state is not None:
        (meta / "state").write_text(json.dumps({"env_vars": dict(state)}))
    if pinned:
        (meta / "pinned").write_text("".join(f"{line}\n" for line in pinned))
    return path


def _python_package(version: str) -> CondaSpec:
    minor = version.rpartition(".")[0]
    return CondaSpec(
        version=version,
        build=f"h{_hex('sha1', version)[:7]}_0_cpython",
        requested=(f"python={minor}",),
        license="Python-2.0",
        files={f"bin/python{minor}": "", f"lib/python{minor}/os.py": "name = 'posix'\n"},
    )


def _site_packages(prefix: Path, version: str) -> Path:
    return prefix / f"lib/python{version.rpartition('.')[0]}/site-packages"


def _link(prefix: Path, name: str, spec: CondaSpec, platform: str) -> dict[str, object]:
    """Write the files of a package, and return its record."""
    for file, text in spec.files.items():
        (prefix / file).parent.mkdir(parents=True, exist_ok=True)
        (prefix / file).write_text(text)
    linked = list(spec.files)
    for dist, of_dist in spec.dists.items():
        linked += write_dist(prefix, dist, _by_conda(of_dist))
    return _record(prefix, name, spec, platform, sorted(linked))


def _by_conda(dist: str | PypiSpec) -> PypiSpec:
    """A distribution as conda packages bring it, unless it is spelled out."""
    return PypiSpec(version=dist, installer="conda", requested=False) if isinstance(dist, str) else dist


def _record(prefix: Path, name: str, spec: CondaSpec, platform: str, files: list[str]) -> dict[str, object]:
    """The record of a package as conda writes it (CEP 32)."""
    build = spec.build or _default_build(name, spec)
    subdir = spec.subdir or ("noarch" if spec.noarch else platform)
    stem = f"{name}-{spec.version}-{build}"
    channel = spec.channel if "://" in spec.channel else f"{CHANNELS}/{spec.channel}"
    record: dict[str, object] = {
        "build": build,
        "build_number": spec.build_number,
        "channel": f"{channel}/{subdir}",
        "constrains": list(spec.constrains),
        "depends": list(spec.depends),
        "extracted_package_dir": f"{PACKAGE_CACHE}/{stem}",
        "features": "",
        "files": files,
        "fn": f"{stem}.conda",
        "license": spec.license,
        "link": {"source": f"{PACKAGE_CACHE}/{stem}", "type": 1},
        "md5": _hex("md5", stem),
        "name": name,
        "noarch": spec.noarch,
        "package_tarball_full_path": f"{PACKAGE_CACHE}/{stem}.conda",
        "package_type": {"python": "noarch_python", "generic": "noarch_generic", None: None}[spec.noarch],
        "paths_data": {"paths": [_path_entry(prefix, file, spec) for file in files], "paths_version": 1},
        "requested_spec": spec.requested[0] if spec.requested else "None",
        "requested_specs": list(spec.requested),
        "sha256": _hex("sha256", stem),
        "size": 1000 + len(stem),
        "subdir": subdir,
        "timestamp": TIMESTAMP,
        "track_features": "",
        "url": f"{channel}/{subdir}/{stem}.conda",
        "version": spec.version,
    }
    return {key: value for key, value in {**record, **spec.extra}.items() if value is not None}


def _path_entry(prefix: Path, file: str, spec: CondaSpec) -> dict[str, object]:
    content = (prefix / file).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    unmapped = spec.noarch == "python" and not spec.mapped
    return {
        "_path": file[file.index("site-packages/") :] if unmapped and "site-packages/" in file else file,
        "path_type": "hardlink",
        "sha256": digest,
        "sha256_in_prefix": digest,
        "size_in_bytes": len(content),
    }


def _default_build(name: str, spec: CondaSpec) -> str:
    if spec.noarch == "python":
        return f"pyhd8ed1ab_{spec.build_number}"
    return f"h{_hex('sha1', name + spec.version)[:7]}_{spec.build_number}"


def _history(records: Sequence[Mapping[str, object]], specs: Sequence[str]) -> str:
    """What ``conda create`` writes (CEP 32)."""
    lines = ["==> 2024-05-01 12:00:00 <==", "# cmd: conda create -n demo " + " ".join(specs)]
    lines.append("# conda version: 24.9.2")
    lines += [f"+{_dist_string(record)}" for record in records]
    if specs:
        lines.append(f"# update specs: {json.dumps(list(specs))}")
    return "\n".join(lines) + "\n"


def _dist_string(record: Mapping[str, object]) -> str:
    channel = str(record["channel"]).removeprefix(f"{CHANNELS}/")
    return f"{channel}::{record['name']}-{record['version']}-{record['build']}"


def _hex(algorithm: str, text: str) -> str:
    return hashlib.new(algorithm, text.encode()).hexdigest()
