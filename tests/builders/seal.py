"""Environment variables for a test: an allowlist of the machine's own, and a home of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a test may see of the machine: where programs are, and how the Python index is reached.
KEPT = frozenset({"PATH", "TMPDIR", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START"})
KEPT_PREFIXES = ("PIP_", "SSL_CERT_", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_HTTP_", "PYTEST_")
KEPT_SUFFIXES = ("_PROXY", "_CA_BUNDLE")
#: Other settings of uv that say how to reach an index rather than what to install.
KEPT_OF_UV = frozenset(
    {"UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST", "UV_FIND_LINKS", "UV_CONFIG_FILE"}
)

#: No background garbage collection (it races with clean-up), no editor, no signing, submodules over file://.
GITCONFIG = """\
[user]
    name = Ada Lovelace
    email = ada@example.org
[init]
    defaultBranch = main
[core]
    editor = true
[commit]
    gpgSign = false
[tag]
    gpgSign = false
[gc]
    auto = 0
[maintenance]
    auto = false
[advice]
    detachedHead = false
[protocol "file"]
    allow = always
"""

#: No package index is asked but where a test is about that.
NO_INDEX = """\
[envgit]
    resolve = never
"""


def sealed(environ: Mapping[str, str], *, home: Path, shared: Path) -> dict[str, str]:
    """The environment variables of a test.

    Args:
        environ: the variables to seal.
        home: an existing folder which becomes the home; a Git configuration is written there.
        shared: an existing folder shared by the whole session, for uv's cache.
    """
    (home / ".gitconfig").write_text(GITCONFIG + NO_INDEX)
    kept = {name: value for name, value in environ.items() if _is_kept(name)}
    return (
        kept
        | _index_configuration(environ)
        | {
            "PATH": _without_active_environment(environ),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local/share"),
            "XDG_STATE_HOME": str(home / ".local/state"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
            "GIT_TERMINAL_PROMPT": "0",
            # A repository above the temporary folder must not be found.
            "GIT_CEILING_DIRECTORIES": str(home.parent),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "UV_CACHE_DIR": str(shared / "uv-cache"),
            # A test may spoil what it installed; with hard links it would spoil the cache of all others.
            "UV_LINK_MODE": "copy",
            "UV_PYTHON_DOWNLOADS": "never",
        }
    )


def _is_kept(name: str) -> bool:
    return (
        name in KEPT
        or name in KEPT_OF_UV
        or name.startswith(KEPT_PREFIXES)
        or name.upper().endswith(KEPT_SUFFIXES)
        # A version manager's shims on PATH look for their interpreters under the home otherwise.
        or name == "PYENV_ROOT"
    )


def _index_configuration(environ: Mapping[str, str]) -> dict[str, str]:
    """Point pip and uv to the user's configuration files, which another home would hide."""
    config = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/nonexistent"), ".config"))
    files = {"PIP_CONFIG_FILE": config / "pip/pip.conf", "UV_CONFIG_FILE": config / "uv/uv.toml"}
    return {name: str(file) for name, file in files.items() if name not in environ and file.is_file()}


def _without_active_environment(environ: Mapping[str, str]) -> str:
    """PATH as it is when nothing is activated, however the tests were started."""
    active = {os.path.join(environ[v], "bin") for v in ("VIRTUAL_ENV", "CONDA_PREFIX") if environ.get(v)}
    entries = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if entry not in active)
