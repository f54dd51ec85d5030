"""Run uv, the installer of the Python layer."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.redact import redact_text
from envgit.restore import children
from envgit.restore.pypi.checkouts import OF_ANOTHER_REPOSITORY
from envgit.restore.pypi.pip_settings import read_pip_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envgit.restore.settings import RestoreSettings

# What would change which files are installed, or where; what says how an index is reached stays.
_NOT_PASSED_ON = frozenset(
    {
        *("UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_EXCLUDE_NEWER", "UV_REQUIRE_HASHES"),
        *("UV_RESOLUTION", "UV_PRERELEASE", "UV_TORCH_BACKEND", "UV_NO_EDITABLE", "UV_COMPILE_BYTECODE"),
        *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_MANAGED_PYTHON", "UV_NO_MANAGED_PYTHON"),
        *("UV_VENV_SEED", "UV_VENV_CLEAR", "UV_VENV_RELOCATABLE", "UV_NO_INSTALLER_METADATA"),
        *("UV_PROJECT", "UV_WORKING_DIR", "UV_PROJECT_ENVIRONMENT", "UV_ENV_FILE"),
        *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE"),
        *OF_ANOTHER_REPOSITORY,
    }
)
#: Settings of uv that say where distributions come from.
_INDEX_KEYS = frozenset({"index", "index-url", "extra-index-url", "no-index", "find-links"})
_INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
_UNREACHABLE = re.compile(
    r"error sending request|dns error|tcp connect error|timed out|HTTP status server error"
)
# Said of a wheel that was had and does not unpack or install, as one that was damaged in the cache.
_DAMAGED = re.compile(
    r"Failed to install: |wheel is invalid|`RECORD` file is invalid|Failed to read metadata"
)
_LONGEST_REASON = 400
#: Seconds that one run may take, with downloads and builds in it, and once a run had to be stopped.
_PATIENCE = 2 * 60 * 60
_IMPATIENCE = 5 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """How a run of uv ended. ``stuck`` tells that it had to be stopped."""

    ok: bool
    output: str
    stuck: bool = False

    @property
    def unreachable(self) -> bool:
        """Whether the network is why it failed."""
        return not self.ok and _UNREACHABLE.search(self.output) is not None

    @property
    def damaged(self) -> bool:
        """Whether what lies in the cache may be why it failed; something may be half installed."""
        return not self.ok and _DAMAGED.search(self.output) is not None

    def after(self, damage: str) -> Ran:
        """The same as a second attempt, without uv's cache, after one that met damage in it."""
        return replace(self, output=f"error: {damage}, and without uv's cache: {self.reason}")

    @property
    def reason(self) -> str:
        """Why it failed, in the words of uv, on one line."""
        if self.stuck:
            return "uv came to no end, and was stopped"
        *_, said = self.output.partition("error: ") if "error: " in self.output else (self.output,)
        lines = [line.strip().removeprefix("cause: ") for line in said.splitlines()]
        text = redact_text("; ".join(line for line in lines if line))
        return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"


@dataclass(frozen=True, kw_only=True, slots=True)
class Uv:
    """uv with the user's settings for indexes, and with nothing of today's project."""

    binary: str
    environ: Mapping[str, str]
    index_options: tuple[str, ...] = ()
    offline: bool = False
    cached: bool = True
    patience: float = _PATIENCE
    #: uv looks for a project's settings from here upwards; they speak of today's dependencies.
    folder: str = field(default=Path(os.sep).absolute().anchor)

    def without_network(self) -> Uv:
        """The same uv, which uses its cache alone."""
        return replace(self, offline=True)

    def without_cache(self) -> Uv:
        """The same uv, which has everything anew from where it came."""
        return replace(self, cached=False)

    def impatient(self) -> Uv:
        """The same uv, which is stopped sooner."""
        return replace(self, patience=min(self.patience, _IMPATIENCE))

    def venv(self, folder: Path, python: Path, *, system_site_packages: bool) -> Ran:
        """Make a virtual environment without any distribution."""
        options = ["--system-site-packages"] if system_site_packages else []
        return self._run("venv", "--quiet", "--no-project", *options, "--python", str(python), str(folder))

    def foresee(self, lines: Iterable[str], python: Path, *, options: Iterable[str] = ()) -> Ran:
        """Say what installing requirements, and all that they require, would bring; see `install`."""
        return self._pip_install(lines, python, "--dry-run", *options)

    def install(
        self, lines: Iterable[str], python: Path, *, options: Iterable[str] = (), again: Iterable[str] = ()
    ) -> Ran:
        """Install requirements, and nothing that they in turn require.

        Args:
            lines: lines of a requirements file.
            python: the interpreter of the environment.
            options: where to look, beside what the user has configured.
            again: names to install even where the very version is there.
        """
        reinstalled = (f"--reinstall-package={name}" for name in again)
        return self._pip_install(lines, python, "--no-deps", *reinstalled, *options)

    def uninstall(self, names: Iterable[str], python: Path) -> Ran:
        """Remove distributions by name; those that are not there are passed over."""
        return self._run("pip", "uninstall", "--break-system-packages", "--python", str(python), *names)

    def _pip_install(self, lines: Iterable[str], python: Path, *options: str) -> Ran:
        with tempfile.TemporaryDirectory(prefix="envgit-") as folder:
            file = Path(folder, "requirements.txt")
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            where = ("--break-system-packages", "--python", str(python), *self.index_options)
            return self._run("pip", "install", *where, *options, "-r", str(file))

    def _run(self, *args: str) -> Ran:
        options = (*(["--offline"] if self.offline else []), *([] if self.cached else ["--no-cache"]))
        ended = children.run(
            [self.binary, *args, *options, "--no-progress", "--color=never", "--no-python-downloads"],
            environ=self.environ,
            folder=self.folder,
            patience=self.patience,
        )
        return Ran(ok=ended.code == 0, output=ended.stderr, stuck=ended.code is None)


def find_uv(settings: RestoreSettings) -> Uv:
    """The uv that came with envgit, whatever lies on ``PATH``, told about the user's indexes.

    Raises:
        RestoreFailed: it is gone.
    """
    environ = {name: value for name, value in settings.environ.items() if name not in _NOT_PASSED_ON}
    environ |= {"UV_COMPILE_BYTECODE": "0", "PYTHONDONTWRITEBYTECODE": "1", "GIT_TERMINAL_PROMPT": "0"}
    # Every other mode ends in hard links where files cannot be cloned, through which an edit in the
    # environment would reach the cache. A copy is a clone too where the file system can do that.
    environ["UV_LINK_MODE"] = "copy"
    # The versions are exact, so an index that knows a name only in other versions must not end the search.
    environ.setdefault("UV_INDEX_STRATEGY", "unsafe-first-match")
    options: tuple[str, ...] = ()
    if not _knows_indexes(environ, settings.home):
        pip = read_pip_settings(settings.environ, settings.home)
        environ = {**pip.variables, **environ}
        options = ("--no-index",) if pip.no_index else ()
    if settings.indexes:
        environ["UV_INDEX"] = " ".join([*settings.indexes, environ.get("UV_INDEX", "")]).strip()
    return Uv(binary=_binary(), environ=environ, index_options=options, offline=settings.offline)


def _binary() -> str:
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise RestoreFailed(
            "the uv program, which installs distributions, is missing from where envgit is installed",
            hint="install it again: python -m pip install --force-reinstall uv",
        ) from error


def _knows_indexes(environ: Mapping[str, str], home: Path) -> bool:
    """Whether uv itself was told about indexes; pip's settings are then left to pip."""
    if any(environ.get(name) for name in _INDEX_VARIABLES):
        return True
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    named = environ.get("UV_CONFIG_FILE")
    files = [Path(named)] if named else [config / "uv/uv.toml", Path("/etc/uv/uv.toml")]
    return any(map(_names_indexes, files))


def _names_indexes(file: Path) -> bool:
    """Whether a settings file of uv says where distributions come from; one that is none, uv reports."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    of_pip = settings.get("pip")
    return not _INDEX_KEYS.isdisjoint({*settings, *(of_pip if isinstance(of_pip, dict) else ())})
