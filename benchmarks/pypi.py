"""What a restore adds to `uv pip install` of the same files, of which it proves every one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.timing import Timed, medians

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.model import Environment
    from envgit.restore import RestoreSettings

#: What a project of a data scientist asks for; with what these require it comes to some 60 wheels.
REQUIREMENTS = (
    *("pandas", "scikit-learn", "matplotlib", "networkx", "sqlalchemy", "lxml", "pyyaml", "rich", "typer"),
    *("requests", "httpx", "flask", "jinja2", "pydantic", "pytest", "tqdm", "jsonschema", "beautifulsoup4"),
)


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Install one Python layer into an empty venv from a warm cache, offline, by copying, both ways."""
    from envgit.capture import CaptureSettings, capture

    environ = uv_environ(folder)
    wanted = _venv(folder / "wanted", environ)
    run_uv(environ, "pip", "install", "--python", str(wanted / "bin/python"), *REQUIREMENTS)
    settings = CaptureSettings(cache=None, repository=None, home=Path.home(), environ=environ)
    environment = capture(wanted, settings).environment
    bench = _Bench(folder=folder, environ=environ, environment=environment)
    seconds = medians(
        {
            "envgit": Timed(run=bench.envgit, before=bench.empty),
            "uv pip install": Timed(run=bench.uv, before=bench.empty),
        },
        rounds=rounds,
    )
    yield Figure(
        name=f"pip layer of {len(environment.pypi)} distributions ÷ uv pip install",
        value=seconds["envgit"] / seconds["uv pip install"],
        limit=1.5,
        seconds=seconds,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bench:
    folder: Path
    environ: Mapping[str, str]
    environment: Environment

    @property
    def _staging(self) -> Path:
        return self.folder / "there.envgit-01234567"

    def empty(self) -> None:
        """Put an empty venv to where both install to."""
        shutil.rmtree(self._staging, ignore_errors=True)
        _venv(self._staging, self.environ)

    def envgit(self) -> None:
        """Do what a restore does of the Python layer, every file compared with its RECORD."""
        from envgit.restore import Silent
        from envgit.restore.pypi import install_pypi

        notes = install_pypi(
            self.environment,
            staging=self._staging,
            prefix=self.folder / "there",
            settings=_settings(self.folder, self.environ),
            progress=Silent(),
        )
        lost = [note for note in notes if note.grade != "exact"]
        if lost:
            raise SystemExit(f"not all was restored: {lost}")

    def uv(self) -> None:
        """Install the same files with uv alone."""
        pinned = [f"{d.name}=={d.version}" for d in self.environment.pypi]
        python = str(self._staging / "bin/python")
        run_uv(self.environ, "pip", "install", "--offline", "--no-deps", "--python", python, *pinned)


def _settings(folder: Path, environ: Mapping[str, str]) -> RestoreSettings:
    from envgit.restore import RestoreSettings

    return RestoreSettings(cache=folder / "cache", home=Path.home(), environ=environ, offline=True)


def uv_environ(folder: Path) -> Mapping[str, str]:
    """The user's way to an index, pip's settings included, with a cache that nothing else fills."""
    from envgit.restore.pypi.uv import find_uv

    cache = {"UV_CACHE_DIR": str(folder / "uv-cache")}
    return find_uv(_settings(folder, {**os.environ, **cache})).environ


def _venv(path: Path, environ: Mapping[str, str]) -> Path:
    run_uv(environ, "venv", "--python", sys.executable, str(path))
    return path


def run_uv(environ: Mapping[str, str], *arguments: str) -> None:
    """Run uv; nothing goes on when it fails."""
    import uv

    ran = subprocess.run(
        [uv.find_uv_bin(), "--quiet", *arguments], env=environ, stderr=subprocess.PIPE, text=True, check=False
    )
    if ran.returncode:
        raise SystemExit(f"uv {' '.join(arguments)} failed:\n{ran.stderr}")
