"""What a command loads before it does anything: waiting for that is waiting for nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.builders import make_repo

if TYPE_CHECKING:
    from pathlib import Path

#: Runs the command line, and says on stderr what it had loaded in the end.
_RUN = """\
import atexit, sys
from envgit.cli import main
atexit.register(lambda: print(*{name.split(".")[0] for name in sys.modules}, file=sys.stderr))
main()
"""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("--version", id="options alone"),
        pytest.param("log", id="nothing given"),
        pytest.param("checkout paper-v1 --prefix there --offline", id="texts given"),
    ],
)
def test_words_of_the_command_line_are_texts_without_a_library_for_that(words: str, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    ran = subprocess.run(
        [sys.executable, "-c", _RUN, *words.split()],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = ran.stderr.splitlines()[-1].split()
    assert "typer" in loaded
    assert "pydantic" not in loaded


def test_a_choice_is_still_checked(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    words = ["checkout", "HEAD", "--engine", "pip"]
    ran = subprocess.run(
        [sys.executable, "-m", "envgit", *words], cwd=repo.path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("Error: Invalid value for '--engine': 'pip' is not one of ")
    assert "micromamba" in ran.stderr
