"""The running interpreter's base, packed so that it runs from any folder."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import sysconfig
from fnmatch import fnmatch
from pathlib import Path

from tests.channel.package import Package

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
FULL = platform.python_version()
STDLIB = f"lib/python{MINOR}"

#: What no test needs, and what would make the copy behave as the system's Python.
LEFT_OUT = (
    *("__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "turtledemo", "tkinter"),
    *("ensurepip", "lib2to3", "config-*", "*.a", "_test*.so", "_ctypes_test*.so", "_tkinter*.so"),
    *("EXTERNALLY-MANAGED", "sitecustomize.py", "_distutils_system_mod.py"),
)

#: For Debian, whose ``site`` looks for packages in other folders.
SITECUSTOMIZE = """\
import site
import sys

folder = "%s/lib/python%d.%d/site-packages" % (sys.prefix, *sys.version_info[:2])
if folder not in sys.path:
    site.addsitedir(folder)
"""

#: Imports what is linked to libraries of the system, and tells where the program thinks it is.
PROOF = """\
import ctypes, json, ssl, sys, sysconfig, zlib
print(json.dumps([sys.prefix, sysconfig.get_path("purelib"), sys.path]))
"""


class CannotPack(Exception):
    """The running interpreter cannot be made relocatable; the message says why."""


def subdir() -> str:
    """The conda subdir of this machine."""
    machines = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}
    if sys.platform != "linux" or platform.machine() not in machines:
        raise CannotPack(f"no relocatable Python is made on {sys.platform}, {platform.machine()}")
    return machines[platform.machine()]


def python(tree: Path) -> Package:
    """Fill ``tree`` with the interpreter and its standard library.

    Raises:
        CannotPack: the result does not run, or a tool is missing.
    """
    shutil.copytree(sysconfig.get_path("stdlib"), tree / STDLIB, symlinks=True, ignore=_left_out)
    (tree / STDLIB / "site-packages").mkdir()
    (tree / STDLIB / "site-packages/README.txt").write_text("Packages are installed here.\n")
    _undo_distribution_patches(tree / STDLIB)
    _copy_program(tree)
    _prove(tree)
    return Package(
        name="python",
        version=FULL,
        subdir=subdir(),
        build=f"h{hashlib.sha1(sys.version.encode()).hexdigest()[:7]}_0_cpython",
        license="Python-2.0",
    )


def _left_out(_: str, names: list[str]) -> set[str]:
    return {name for name in names if any(fnmatch(name, pattern) for pattern in LEFT_OUT)}


def _undo_distribution_patches(stdlib: Path) -> None:
    """Make Debian's Python install and look where every other one does.

    Debian keeps site-packages for virtual environments. Its change of ``site`` is frozen into the
    program, so what stands in site.py cannot undo it.
    """
    if "dist-packages" in (stdlib / "site.py").read_text(encoding="utf-8"):
        (stdlib / "sitecustomize.py").write_text(SITECUSTOMIZE)
    for module in (stdlib / "sysconfig.py", stdlib / "sysconfig/__init__.py"):
        if module.is_file():
            text = module.read_text(encoding="utf-8")
            debian, upstream = (f"prefix_scheme = 'posix_{scheme}'" for scheme in ("local", "prefix"))
            module.write_text(text.replace(debian, upstream), encoding="utf-8")


def _copy_program(tree: Path) -> None:
    """Copy the program, and its shared library where it has one, found from each other's place."""
    (tree / "bin").mkdir()
    program = tree / f"bin/python{MINOR}"
    shutil.copy2(Path(sys.base_prefix, "bin", program.name).resolve(), program)
    for link in ("python", "python3"):
        (tree / "bin" / link).symlink_to(program.name)
    for needed in _patchelf("--print-needed", program).split():
        if needed.startswith("libpython"):
            library = tree / "lib" / needed
            shutil.copy2(_library(needed), library)
            _strip(library)
            _patchelf("--set-rpath", "$ORIGIN/../lib", program)


def _library(name: str) -> Path:
    for folder in (sysconfig.get_config_var("LIBDIR"), Path(sys.base_prefix, "lib")):
        if folder and (library := Path(folder, name)).is_file():
            return library.resolve()
    raise CannotPack(f"{name}, which the running Python needs, is not where its configuration says")


def _patchelf(*args: str | Path) -> str:
    program = shutil.which("patchelf", path=str(Path(sys.executable).parent)) or shutil.which("patchelf")
    if program is None:
        raise CannotPack("patchelf is not installed")
    return subprocess.run([program, *args], check=True, capture_output=True, text=True).stdout


def _strip(library: Path) -> None:
    """Leave debugging symbols out where binutils are installed: it only makes prefixes smaller."""
    if strip := shutil.which("strip"):
        subprocess.run([strip, "--strip-debug", library], check=True, capture_output=True)


def _prove(tree: Path) -> None:
    """Run the copy without any help of the original, and see that it lives in its own folder."""
    ran = subprocess.run(
        [tree / "bin/python", "-I", "-B", "-c", PROOF], capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise CannotPack(f"a copy of Python {FULL} does not run elsewhere: {ran.stderr.strip()}")
    prefix, site, path = json.loads(ran.stdout)
    if (prefix, site) != (str(tree), str(tree / STDLIB / "site-packages")) or site not in path:
        raise CannotPack(f"a copy of Python {FULL} in {tree} uses {prefix} and installs in {site}")
