"""Where conda and mamba look for their configuration, weakest first."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SYSTEM = ("C:/ProgramData/conda",) if os.name == "nt" else ("/etc/conda", "/var/lib/conda")
_NAMES = (".condarc", "condarc", "condarc.d")
_SUFFIXES = (".yml", ".yaml", "condarc")


def condarc_files(prefix: str, *, home: str, environ: Mapping[str, str]) -> list[str]:
    """Return the configuration files there are for ``prefix``, the strongest last, as conda orders them.

    Args:
        prefix: the environment; its base environment is found by its place, or by ``environ``.
        home: the user's home; no file of the user's is looked for when empty.
        environ: environment variables of the shell, for the places they move.
    """
    candidates = [f"{folder}/{name}" for folder in _SYSTEM for name in _NAMES]
    for root in _roots(prefix, environ):
        candidates += [f"{root}/{name}" for name in (*_NAMES, ".mambarc")]
    if home:
        configuration = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
        folders = dict.fromkeys((f"{configuration}/conda", f"{home}/.config/conda", f"{home}/.conda"))
        candidates += [f"{folder}/{name}" for folder in folders for name in _NAMES]
        candidates += [f"{home}/.condarc", f"{home}/.mambarc"]
    candidates += [f"{prefix}/{name}" for name in (*_NAMES, ".mambarc")]
    candidates += [environ[name] for name in ("CONDARC", "MAMBARC") if environ.get(name)]
    return [file for candidate in dict.fromkeys(candidates) for file in _files_at(candidate)]


def condarc_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the settings, by the name they have in a file, of the variables that stand above every file."""
    for setting in ("channels", "channel_priority", "channel_alias", "subdir"):
        value = environ.get(f"CONDA_{setting.upper()}")
        if value:
            yield setting, value


def _roots(prefix: str, environ: Mapping[str, str]) -> dict[str, None]:
    """Base environments: the one that ``prefix`` belongs to, and those of the conda and mamba at hand."""
    roots = []
    folder = os.path.dirname(os.path.abspath(prefix))
    if os.path.basename(folder) == "envs":
        roots.append(os.path.dirname(folder))
    if environ.get("CONDA_EXE"):
        roots.append(os.path.dirname(os.path.dirname(environ["CONDA_EXE"])))
    roots += [environ[name] for name in ("CONDA_ROOT", "MAMBA_ROOT_PREFIX") if environ.get(name)]
    return dict.fromkeys(reversed(roots))


def _files_at(path: str) -> list[str]:
    if path.endswith("condarc.d"):
        try:
            return [f"{path}/{name}" for name in sorted(os.listdir(path)) if name.endswith(_SUFFIXES)]
        except OSError:
            return []
    return [path] if os.path.isfile(path) else []
