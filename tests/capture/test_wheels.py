"""The digest that a wheel will have once it is installed is the one that a capture of it gives."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from envgit.capture.wheels import digests_once_installed
from tests.builders import make_venv, make_wheel, pip_install
from tests.capture.captures import captured, dist

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment

DATA = "demo_pkg-1.0.data"
WHEELS: dict[str, dict[str, Any]] = {
    "a module": {},
    "entry points": {"entry_points": {"demo": "demo:main"}},
    "a script": {"scripts": {"run-demo": "#!python\nprint()\n"}},
    "a binary": {"scripts": {"demo": "\x7fELF\n"}},
    "libraries and documents": {
        "files": {f"{DATA}/purelib/a.py": "", f"{DATA}/platlib/b.py": "", f"{DATA}/data/share/doc": "x"}
    },
    "a script among documents": {"files": {f"{DATA}/data/bin/tool": "#!/bin/sh\n"}},
    "headers": {"files": {f"{DATA}/headers/sub/demo.h": "int x;\n"}},
}


@pytest.mark.parametrize("facts", WHEELS.values(), ids=WHEELS)
def test_digest_of_a_wheel_is_that_of_what_uv_installs(facts: dict[str, Any], tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "Demo.Pkg", "1.0", **facts)
    venv = make_venv(tmp_path / "env")
    pip_install(venv, wheel)
    found = captured(venv)
    assert dist(found, "demo-pkg").digest in digests_of(wheel, found.environment)


def digests_of(wheel: Path, environment: Environment) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return digests_once_installed(opened, environment)
