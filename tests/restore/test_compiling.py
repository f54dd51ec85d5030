"""Byte code made while an environment is built: valid where it will stand, and no reason to fail."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING

from envgit.restore import staged
from envgit.restore.compiling import compile_all
from tests.builders import run_python
from tests.restore.environments import (
    Bars,
    Workshop,
    conda_environment,
    conda_package,
    settings_for,
    venv_environment,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.channel import Channel


def code_of(pyc: Path) -> object:
    return marshal.loads(pyc.read_bytes()[16:])


def test_modules_are_compiled_for_where_they_will_stand(
    channel: Channel, tmp_path: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    environment = conda_environment(conda_package(channel, "python"), conda_package(channel, "six", "1.17.0"))
    Workshop(settings=settings_for(tmp_path, compile_bytecode=True)).restore(environment, prefix)
    (pyc,) = prefix.glob("lib/python*/site-packages/__pycache__/six.*.pyc")
    source = pyc.parent.parent / "six.py"
    assert code_of(pyc).co_filename == str(source)  # type: ignore[attr-defined]
    made = pyc.stat()
    run_python(prefix, "-c", "import six")
    assert pyc.stat().st_mtime_ns == made.st_mtime_ns  # it was valid: Python did not make it again


def test_nothing_is_compiled_unless_asked_for(channel: Channel, tmp_path: Path, prefix: Path) -> None:
    environment = conda_environment(conda_package(channel, "python"), conda_package(channel, "six", "1.17.0"))
    Workshop(settings=settings_for(tmp_path)).restore(environment, prefix)
    assert list(prefix.glob("lib/python*/site-packages/__pycache__/six.*.pyc")) == []


def test_module_that_does_not_compile_is_left_alone(tmp_path: Path, prefix: Path) -> None:
    workshop = Workshop(settings=settings_for(tmp_path))
    workshop.restore(venv_environment(), prefix)
    (site,) = prefix.glob("lib/python*/site-packages")
    (site / "bad.py").write_text("def:\n")
    (site / "good.py").write_text("pass\n")
    assert compile_all(prefix, prefix, settings=workshop.settings, progress=Bars()) == ()
    assert [pyc.name.split(".")[0] for pyc in (site / "__pycache__").iterdir()] == ["good"]


def test_python_that_fails_is_a_reservation_and_no_failure(tmp_path: Path, prefix: Path) -> None:
    with staged(prefix) as staging:
        (staging / "bin").mkdir(parents=True)
        python = staging / "bin/python"
        python.write_text("#!/bin/sh\necho no codec >&2\nexit 3\n")
        python.chmod(0o755)
        (note,) = compile_all(staging, prefix, settings=settings_for(tmp_path), progress=Bars())
    assert (note.name, note.grade) == ("python", "exact")
    assert note.reason == "its modules were not compiled: failed (exit 3): no codec"


def test_environment_without_python_has_nothing_to_compile(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    settings = settings_for(tmp_path, compile_bytecode=True)
    notes = Workshop(settings=settings).restore(
        conda_environment(conda_package(channel, "variant", "1.1")), prefix
    )
    assert [note for note in notes if note.reason] == []
