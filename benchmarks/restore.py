"""What a checkout of conda packages costs, beside py-rattler alone, links alone, and conda."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.packages import build_packages
from benchmarks.project import envgit_program, make_project
from benchmarks.timing import Timed, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.project import Project

#: What is solved for once, about 60 packages, from the channel that ENVGIT_CHANNEL names.
_CHANNEL = os.environ.get("ENVGIT_CHANNEL", "conda-forge")
_SPECS = (
    "python=3.11 numpy=1.26 pandas scipy scikit-learn matplotlib requests jinja2 flask rich pytest tqdm pip"
)
_FIELDS = (
    *(
        "name",
        "version",
        "build",
        "build_number",
        "subdir",
        "noarch",
        "depends",
        "sha256",
        "md5",
        "fn",
        "url",
    ),
    *("channel", "python_site_packages_path"),
)
_MOST_ROUNDS = 9
_ROUNDS_OF_CONDA = 3

_SOLVE = """\
import asyncio, os, sys
from rattler import Channel, VirtualPackage, install, solve
prefix, cache, channel, *specs = sys.argv[1:]
async def main():
    records = await solve([Channel(channel)], specs, virtual_packages=VirtualPackage.detect())
    await install(records, prefix, cache_dir=cache, show_progress=False)
asyncio.run(main())
os._exit(0)  # py-rattler may crash the interpreter when it exits
"""

_INSTALL = """\
import asyncio, json, os, sys
from rattler import BuildString, PackageRecord, RepoDataRecord, install
def record(r):
    package = PackageRecord(
        r["name"], r["version"], BuildString.new_unchecked(r["build"]), r["build_number"], r["subdir"],
        noarch=r.get("noarch"), depends=r["depends"], sha256=bytes.fromhex(r["sha256"]),
        python_site_packages_path=r.get("python_site_packages_path"),
    )
    return RepoDataRecord(package, r["fn"], r["url"], r["channel"])
file, prefix, cache = sys.argv[1:]
with open(file) as listed:
    records = list(map(record, json.load(listed)))
asyncio.run(install(records, prefix, cache_dir=cache, show_progress=False))
os._exit(0)
"""


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Restore about 60 packages from warm caches, and 400 small ones for the memory that takes."""
    source = folder / "env"
    install_solved(source, folder / "solved")
    records = _records(source, folder / "records.json")
    project = _snapshot(folder / "project", source)
    targets = (folder / f"restored-{number}" for number in itertools.count())
    checkout = partial(_check_out, project, targets)
    bare, copy = folder / "bare", folder / "copy"
    install = partial(_python, _INSTALL, records, bare, folder / "pkgs")
    install()
    seconds = medians(
        {
            "checkout": Timed(run=checkout),
            "py-rattler": Timed(run=install, before=partial(_remove, bare)),
            "cp -al": Timed(
                run=partial(_run, "cp", "-al", str(bare), str(copy)), before=partial(_remove, copy)
            ),
        },
        rounds=min(rounds, _MOST_ROUNDS),
    )
    yield _ratio("checkout, conda layer", "checkout", "py-rattler", seconds, limit=1.6)
    yield _ratio("second restore", "checkout", "cp -al", seconds, limit=3)
    yield from _after_a_removal(folder, project, seconds["py-rattler"], rounds)
    yield from _beside_conda(folder, source, checkout)
    yield _memory(folder / "many")


def install_solved(prefix: Path, cache: Path, *more: str) -> None:
    """Solve for the packages that everybody uses, and for ``more`` specs; let a prefix hold just these."""
    _python(_SOLVE, prefix, cache, _CHANNEL, *_SPECS.split(), *more)


def _after_a_removal(folder: Path, project: Project, bare: float, rounds: int) -> Iterator[Figure]:
    """Removing what was restored unseals its packages: they are hashed again."""
    again = folder / "again"
    series = {
        "checkout": Timed(
            run=partial(_check_out, project, itertools.repeat(again)), before=partial(_remove, again)
        )
    }
    seconds = medians(series, rounds=min(rounds, _MOST_ROUNDS)) | {"py-rattler": bare}
    yield _ratio("checkout, another one was removed", "checkout", "py-rattler", seconds)


def _beside_conda(folder: Path, source: Path, checkout: Callable[[], object]) -> Iterator[Figure]:
    conda = shutil.which("conda")
    if conda is None:
        return
    explicit, target = folder / "explicit.txt", folder / "by-conda"
    records = _read_records(source)
    explicit.write_text("".join(["@EXPLICIT\n", *(f"{r['url']}#{r['md5']}\n" for r in records)]))
    create = partial(
        _run, conda, "create", "--yes", "--quiet", "--prefix", str(target), "--file", str(explicit)
    )
    seconds = medians(
        {"checkout": Timed(run=checkout), "conda": Timed(run=create, before=partial(_remove, target))},
        rounds=_ROUNDS_OF_CONDA,
    )
    yield _ratio("checkout, beside conda create --file", "checkout", "conda", seconds, limit=0.2)


def _memory(folder: Path) -> Figure:
    """The most that one of its two processes takes, which is half of what both may."""
    records = build_packages(folder / "channel", count=400)
    listed = folder / "records.json"
    listed.write_text(json.dumps(records))
    _python(_INSTALL, listed, folder / "env", folder / "pkgs")
    project = _snapshot(folder / "project", folder / "env")
    command = [envgit_program(), "checkout", "baseline", "--prefix", str(folder / "restored")]
    checkout = subprocess.Popen(command, cwd=project.path, env=project.environ, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(checkout.pid, 0)
    checkout.returncode = os.waitstatus_to_exitcode(status)
    if checkout.returncode:
        raise SystemExit("the checkout of 400 packages failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return Figure(name="memory, 400 packages", value=usage.ru_maxrss * unit / 2**20, limit=200, unit="MB")


def _snapshot(folder: Path, prefix: Path) -> Project:
    project = make_project(folder, prefix)
    project.envgit("tag", "baseline")
    return project


def _check_out(project: Project, targets: Iterator[Path]) -> None:
    project.envgit("checkout", "baseline", "--prefix", str(next(targets)))


def _records(prefix: Path, file: Path) -> Path:
    file.write_text(json.dumps(_read_records(prefix)))
    return file


def _read_records(prefix: Path) -> list[dict[str, str]]:
    found = [json.loads(file.read_bytes()) for file in sorted((prefix / "conda-meta").glob("*.json"))]
    return [{field: record.get(field) for field in _FIELDS} for record in found]


def _ratio(name: str, a: str, b: str, seconds: dict[str, float], limit: float | None = None) -> Figure:
    return Figure(
        name=name, value=seconds[a] / seconds[b], limit=limit, seconds={a: seconds[a], b: seconds[b]}
    )


def _python(script: str, *arguments: object) -> None:
    _run(sys.executable, "-c", script, *map(str, arguments))


def _run(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{command[0]} failed:\n{ran.stderr.decode()}")


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
