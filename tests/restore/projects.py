"""Python projects in Git repositories, which build without anything from an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.builders import make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "demo-project"
version = "0.3"
"""

#: A whole build backend (PEP 517, PEP 660), for one module and one script.
BACKEND = """\
import os
import zipfile

NAME = "demo_project-0.3"
WHEEL = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
FILES = {
    f"{NAME}.dist-info/METADATA": "Metadata-Version: 2.1\\nName: demo-project\\nVersion: 0.3\\n",
    f"{NAME}.dist-info/WHEEL": WHEEL,
    f"{NAME}.dist-info/entry_points.txt": "[console_scripts]\\ndemo-project = demo_project:main\\n",
}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return _write(folder, {"demo_project.py": open("demo_project.py").read(), **FILES})

def build_editable(folder, config_settings=None, metadata_directory=None):
    finder = f"# Maps modules to {os.getcwd()}\\n"
    return _write(folder, {"demo_project.pth": os.getcwd() + "\\n", "_demo_finder.py": finder, **FILES})

def _write(folder, files):
    wheel = f"{NAME}-py3-none-any.whl"
    record = f"{NAME}.dist-info/RECORD"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(record, "".join(f"{path},,\\n" for path in [*files, record]))
    return wheel
"""

MODULE = """\
def main():
    print("demo", __file__)
"""


def make_project(path: Path, *, subdirectory: str = "") -> Repo:
    """A repository with the project ``demo-project`` 0.3 in it, committed."""
    below = f"{subdirectory}/" if subdirectory else ""
    files = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "demo_project.py": MODULE}
    return make_repo(path, files={below + name: text for name, text in files.items()})
