"""Tell what kind of environment a prefix is, and where Python distributions lie in it."""

from __future__ import annotations

import os

from envgit.errors import NotAPrefix

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment, Kind

INTERPRETERS = ("bin/python", "Scripts/python.exe")

_HINT = "Give the folder of a conda environment or of a venv: envgit init --prefix PREFIX."


def kind_of(prefix: Path) -> Kind:
    """Tell a conda environment (it has ``conda-meta``) from a venv (it has ``pyvenv.cfg``).

    Raises:
        NotAPrefix: it is neither, or only the half of one.
    """
    root = os.fspath(prefix)
    if os.path.isdir(os.path.join(root, "conda-meta")):
        _check_conda(root)
        return "conda"
    if os.path.isfile(os.path.join(root, "pyvenv.cfg")):
        _check_venv(root)
        return "venv"
    if not os.path.lexists(root):
        raise NotAPrefix(f"{root} does not exist", hint=_HINT)
    if not os.path.isdir(root):
        raise NotAPrefix(f"{root} is not a folder", hint=_HINT)
    raise NotAPrefix(f"{root} is no environment: it has neither conda-meta nor pyvenv.cfg", hint=_HINT)


def is_record(name: str) -> bool:
    """Whether a file name in ``conda-meta`` is a package record's; macOS leaves ``._x.json`` beside some."""
    return name.endswith(".json") and not name.startswith(".")


def site_packages(prefix: str) -> tuple[str, ...]:
    """Return the folders of Python distributions in a prefix, relative to it.

    Each real folder comes once: conda-forge links ``lib/python3.1`` to ``lib/python3.11``, and ``lib64``
    is mostly a link to ``lib``.
    """
    found: dict[tuple[int, int], str] = {}
    for folder in ("Lib/site-packages", *_of_libraries(prefix, "lib"), *_of_libraries(prefix, "lib64")):
        try:
            status = os.stat(f"{prefix}/{folder}")
        except OSError:
            continue
        found.setdefault((status.st_dev, status.st_ino), folder)
    return tuple(found.values())


def belongs_to_python(site: str, version: str) -> bool:
    """Whether a folder of ``site_packages`` is the one of a Python of this full version."""
    folder = site.split("/")[-2]
    if folder == "Lib":
        return True
    minor = ".".join(version.split(".")[:2])
    rest = folder.removeprefix("python").removeprefix("pypy")
    return rest.startswith(minor) and not rest[len(minor) :][:1].isdigit()


def _of_libraries(prefix: str, library: str) -> list[str]:
    try:
        names = os.listdir(f"{prefix}/{library}")
    except OSError:
        return []
    pythons = [name for name in names if name.startswith(("python", "pypy"))]
    pythons.sort(key=lambda name: (os.path.islink(f"{prefix}/{library}/{name}"), name))
    return [f"{library}/{name}/site-packages" for name in pythons]


def _check_conda(root: str) -> None:
    meta = os.path.join(root, "conda-meta")
    try:
        names = os.listdir(meta)
    except OSError as error:
        raise NotAPrefix(f"{meta} cannot be read: {error.strerror}", hint="Check its permissions.") from error
    if not any(map(is_record, names)):
        raise NotAPrefix(
            f"{meta} holds no package record: the environment was deleted in part, or nothing was installed",
            hint="Install a package into it, or create it anew.",
        )


def _check_venv(root: str) -> None:
    for interpreter in INTERPRETERS:
        path = os.path.join(root, interpreter)
        if os.path.exists(path):
            return
        if os.path.islink(path):
            gone = os.path.realpath(path)
            raise NotAPrefix(
                f"{root} is a venv without an interpreter: {interpreter} leads to {gone}, which is gone",
                hint="Create the venv anew with a Python that is there.",
            )
    raise NotAPrefix(
        f"{root} has pyvenv.cfg but no interpreter: the venv was deleted in part",
        hint="Create the venv anew.",
    )


def require_interpreter(root: str, environment: Environment) -> None:
    """Check that a conda environment which lists Python has one: what is half deleted must not be recorded.

    Raises:
        NotAPrefix: the record is there, the interpreter is not.
    """
    version = next((package.version for package in environment.conda if package.name == "python"), None)
    if version is None:
        return
    places = ("bin/python", f"bin/python{'.'.join(version.split('.')[:2])}", "python.exe")
    if not any(os.path.lexists(os.path.join(root, place)) for place in places):
        raise NotAPrefix(
            f"{root} is only half of an environment: conda-meta lists python, and there is no interpreter",
            hint="Restore it from a snapshot (envgit checkout), or create it anew.",
        )
