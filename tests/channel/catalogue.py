"""What the channel holds: a Python, real packages of the Python index, and odd ones that tools trip over."""

from __future__ import annotations

import configparser
import csv
import json
import shutil
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Literal

from tests.builders.dists import record_row
from tests.builders.venv import run_uv
from tests.channel.interpreter import MINOR, STDLIB, python, subdir
from tests.channel.package import PLACEHOLDER, Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def packages(work: Path) -> Iterator[tuple[Package, Path]]:
    """Every package of the channel with a folder that holds its files.

    Args:
        work: an empty folder; each package gets a folder of its own in it.
    """
    trees = (_folder(work / str(number)) for number in range(1000))
    yield python(tree := next(trees)), tree
    yield from_index(tree := next(trees), "six", "1.16.0", extension=".tar.bz2"), tree
    yield from_index(tree := next(trees), "six", "1.17.0"), tree
    yield from_index(tree := next(trees), "idna", "3.10"), tree
    yield from_index(tree := next(trees), "tabulate", "0.9.0"), tree
    yield from_index(tree := next(trees), "typing-extensions", "4.12.2", conda_name="typing_extensions"), tree
    for version in ("6.1.1", "7.0.0"):
        yield from_index(tree := next(trees), "psutil", version), tree
    for build, number, feature in (("cpu_0", 0, ""), ("cuda_1", 1, "variant_cuda")):
        yield variant(tree := next(trees), "1.0", build, number, feature), tree
    yield variant(tree := next(trees), "1.1", "cpu_0", 0, ""), tree
    yield prefixed(tree := next(trees)), tree
    for version in ("1.0", "1.1"):
        yield linked(tree := next(trees), version), tree
    yield activated(tree := next(trees)), tree


def from_index(
    tree: Path,
    name: str,
    version: str,
    *,
    conda_name: str | None = None,
    extension: Literal[".conda", ".tar.bz2"] = ".conda",
) -> Package:
    """A distribution of the Python index as a conda package: installed, then packed as conda-build does.

    A pure wheel becomes ``noarch: python``, any other a package of this machine and Python.
    """
    conda_name = conda_name or name
    site = tree / "unpacked"
    run_uv(
        *("pip", "install", "--quiet", "--python-version", MINOR, "--target", str(site)),
        *("--no-deps", "--only-binary", ":all:", f"{name}=={version}"),
    )
    shutil.rmtree(site / "bin", ignore_errors=True)
    (site / ".lock").unlink(missing_ok=True)
    (dist_info,) = site.glob("*.dist-info")
    pure = HeaderParser().parsestr((dist_info / "WHEEL").read_text())["Root-Is-Purelib"] == "true"
    entry_points = _console_scripts(dist_info)
    _sign_as_conda(dist_info, conda_name)
    target = tree / ("site-packages" if pure else f"{STDLIB}/site-packages")
    target.parent.mkdir(parents=True, exist_ok=True)
    site.rename(target)
    if pure:
        return Package(
            name=conda_name,
            version=version,
            subdir="noarch",
            build="pyhd8ed1ab_0",
            noarch="python",
            depends=("python >=3.8",),
            entry_points=entry_points,
            extension=extension,
        )
    major, minor = MINOR.split(".")
    return Package(
        name=conda_name,
        version=version,
        subdir=subdir(),
        build=f"py{major}{minor}h5eee18b_0",
        depends=(f"python >={MINOR},<{major}.{int(minor) + 1}.0a0",),
        extension=extension,
    )


def variant(tree: Path, version: str, build: str, number: int, feature: str) -> Package:
    """A package of which one version has two builds, one of them made less wanted by a feature."""
    _write(tree / "share/variant.txt", f"{version} {build}\n")
    return Package(
        name="variant",
        version=version,
        subdir=subdir(),
        build=build,
        build_number=number,
        track_features=feature,
    )


def prefixed(tree: Path) -> Package:
    """A package whose files hold the prefix: a script in text, a library in binary."""
    _write(tree / "bin/prefixed", f"#!/bin/sh\necho {PLACEHOLDER}/share/prefixed\n", executable=True)
    library = tree / "lib/libprefixed.bin"
    library.parent.mkdir()
    library.write_bytes(b"\x7fBIN\0root=" + PLACEHOLDER.encode() + b"/share/prefixed\0after\0")
    return Package(
        name="prefixed",
        version="1.0",
        subdir=subdir(),
        build="h0_0",
        placeholders={"bin/prefixed": "text", "lib/libprefixed.bin": "binary"},
    )


def linked(tree: Path, version: str) -> Package:
    """A package with a post-link script, which makes a file, and a pre-unlink script, which takes it away."""
    shebang = "#!/bin/sh\n"
    made = '"$PREFIX/linked-generated.txt"'
    _write(tree / "bin/.linked-post-link.sh", f"{shebang}echo {version} > {made}\n", executable=True)
    _write(tree / "bin/.linked-pre-unlink.sh", f"{shebang}rm -f {made}\n", executable=True)
    return Package(name="linked", version=version, subdir=subdir(), build="h0_0", depends=("variant >=1.0",))


def activated(tree: Path) -> Package:
    """A package which changes the environment variables of an activated shell."""
    conda = tree / "etc/conda"
    _write(conda / "activate.d/activated.sh", "export ACTIVATED=1\n")
    _write(conda / "deactivate.d/activated.sh", "unset ACTIVATED\n")
    _write(conda / "env_vars.d/activated.json", json.dumps({"ACTIVATED_BY_PACKAGE": "yes"}))
    return Package(name="activated", version="1.0", subdir="noarch", build="0", noarch="generic")


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _console_scripts(dist_info: Path) -> tuple[str, ...]:
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read(dist_info / "entry_points.txt")
    if not parser.has_section("console_scripts"):
        return ()
    return tuple(f"{name} = {target}" for name, target in parser.items("console_scripts"))


def _sign_as_conda(dist_info: Path, conda_name: str) -> None:
    """Say in the metadata, and in its RECORD, that conda-build installed this."""
    record = dist_info / "RECORD"
    url = f"file:///home/conda/feedstock_root/build_artifacts/{conda_name}_1700000000000/work"
    ours = {
        "INSTALLER": "conda\n",
        "REQUESTED": "",
        "direct_url.json": json.dumps({"dir_info": {}, "url": url}),
    }
    rows = [
        # What was a script beside the target folder lies in the prefix's own bin once linked.
        f"../../../{path},{digest},{size}" if path.startswith("bin/") else f"{path},{digest},{size}"
        for path, digest, size in csv.reader(record.read_text().splitlines())
        if path not in {f"{dist_info.name}/{name}" for name in ours}
    ]
    for name, text in ours.items():
        rows.append(record_row(_write(dist_info / name, text), dist_info.parent))
    record.write_text("\n".join(rows) + "\n")


def _write(file: Path, text: str, *, executable: bool = False) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if executable:
        file.chmod(0o755)
    return file
