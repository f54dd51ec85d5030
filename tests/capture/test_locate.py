from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.capture.locate import belongs_to_python, kind_of
from envgit.errors import NotAPrefix
from tests.builders import make_prefix, make_venv
from tests.capture.captures import captured

if TYPE_CHECKING:
    from pathlib import Path


def test_a_conda_prefix_and_a_venv_are_told_apart(tmp_path: Path) -> None:
    assert kind_of(make_prefix(tmp_path / "conda")) == "conda"
    assert kind_of(make_venv(tmp_path / "venv")) == "venv"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has neither conda-meta nor pyvenv.cfg"),
        ({"conda-meta/history": "==> 2024 <==\n"}, "holds no package record"),
        ({"conda-meta/._zlib-1-0.json": ""}, "holds no package record"),
        ({"pyvenv.cfg": "version = 3.11.7\n"}, "no interpreter"),
        ({"conda-meta": "a file"}, "has neither conda-meta nor pyvenv.cfg"),
    ],
)
def test_half_a_prefix_is_refused_with_what_is_missing(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(NotAPrefix, match=message) as refused:
        captured(tmp_path)
    assert str(tmp_path) in refused.value.message
    assert refused.value.hint


def test_nothing_and_a_file_are_no_prefix(tmp_path: Path) -> None:
    with pytest.raises(NotAPrefix, match="does not exist"):
        kind_of(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotAPrefix, match="is not a folder"):
        kind_of(tmp_path / "file")


def test_a_venv_whose_python_was_removed_says_where_it_was(tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "venv")
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to("/opt/removed/python3")
    with pytest.raises(NotAPrefix, match="/opt/removed/python3, which is gone"):
        kind_of(venv)


@pytest.mark.parametrize(
    ("site", "version", "belongs"),
    [
        ("lib/python3.11/site-packages", "3.11.7", True),
        ("lib/python3.13t/site-packages", "3.13.2", True),
        ("lib/python3.1/site-packages", "3.11.7", False),
        ("lib/python3.11/site-packages", "3.1.0", False),
        ("lib/pypy3.9/site-packages", "3.9.18", True),
        ("Lib/site-packages", "3.12.1", True),
    ],
)
def test_the_folder_of_an_interpreter_is_known_by_its_version(site: str, version: str, belongs: bool) -> None:
    assert belongs_to_python(site, version) is belongs
