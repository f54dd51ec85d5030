"""How each engine is told to install an explicit lock aside of where the environment will stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envgit.restore.conda.job import Artifact
    from envgit.restore.engines.finding import Engine

#: Variables that an engine sees. No others, for theirs and their environment's would change what it does.
_PASSED = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TMP", "TEMP"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "WINDIR"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """A program to start: its arguments, and all the variables that it sees."""

    arguments: tuple[str, ...]
    environ: Mapping[str, str]


def invocation(
    engine: Engine,
    *,
    lock: Path,
    staging: Path,
    prefix: Path,
    scratch: Path,
    environ: Mapping[str, str],
    without_scripts: bool,
) -> Invocation:
    """Have an engine install ``lock`` into ``staging`` as if it were ``prefix``.

    It works offline, and has ``scratch`` for its home, its package cache and its root: neither the user's
    configuration nor the user's caches have a part in it, and it registers the environment nowhere.

    Args:
        engine: the program.
        lock: an explicit lock of local files.
        staging: where to install to.
        prefix: what the files are to hold as the path of the environment.
        scratch: a folder for it alone.
        environ: the variables of this process.
        without_scripts: leave out link scripts. conda cannot.
    """
    common = ("--yes", "--quiet", "--offline", "--prefix", str(staging), "--file", str(lock))
    variables = {name: environ[name] for name in _PASSED if name in environ}
    variables |= {"HOME": str(scratch), "USERPROFILE": str(scratch), "CONDA_PKGS_DIRS": str(scratch / "pkgs")}
    if engine.name == "conda":
        return Invocation(
            arguments=(str(engine.executable), "create", *common),
            environ=variables
            | {
                "CONDA_TARGET_PREFIX_OVERRIDE": str(prefix),
                "CONDA_REGISTER_ENVS": "false",
                "CONDA_ALWAYS_SOFTLINK": "false",
                "CONDA_ALLOW_SOFTLINKS": "false",
            },
        )
    skipping = ("--skip-run-link-scripts",) if without_scripts else ()
    own = ("--no-rc", "--root-prefix", str(scratch / "root"), "--relocate-prefix", str(prefix))
    return Invocation(
        arguments=(str(engine.executable), "create", *common, *own, *skipping), environ=variables
    )


def lock_of(engine: Engine, artifacts: Iterable[Artifact]) -> str:
    """An ``@EXPLICIT`` lock (CEP 23) of the files at the ``local`` paths of artifacts.

    mamba takes a bare hash for an MD5, and older versions of conda know no other way to write a SHA-256.
    """
    mark = "" if engine.name == "conda" else "sha256:"
    lines = ["@EXPLICIT"]
    for artifact in artifacts:
        digest = f"{mark}{artifact.sha256}" if artifact.sha256 else artifact.md5
        url = Path(artifact.local).as_uri()
        lines.append(f"{url}#{digest}" if digest else url)
    return "".join(f"{line}\n" for line in lines)
