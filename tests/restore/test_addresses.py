"""What URLs and archives lead to on this machine, and on mirrors."""

from __future__ import annotations

from pathlib import Path

import pytest

from envgit.restore.addresses import archive_folder, local_path, mirrored
from tests.restore.environments import settings_for


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///a/b%20c", "/a/b c"),
        ("file:/a/b", "/a/b"),
        ("file:///a/%FF", "/a/\udcff"),
        ("file://host/a", None),
        ("file:a", None),
        ("file://[a", None),
        ("https://[a", None),
        ("file:///a%00b", None),
        ("https://host/a", None),
        ("/a", None),
    ],
)
def test_a_file_url_names_an_absolute_path_of_this_machine_or_none(url: str, path: str | None) -> None:
    assert local_path(url) == (Path(path) if path else None)


def test_the_url_of_a_path_leads_back_to_it(tmp_path: Path) -> None:
    for name in ("a b", "ä#?%41", "\udcff"):
        assert local_path((tmp_path / name).as_uri()) == tmp_path / name


@pytest.mark.parametrize(
    ("archive", "folder"),
    [
        ("~/packages", "/home/me/packages"),
        ("~", "/home/me"),
        ("/~/packages", "/~/packages"),
        ("/srv/~old", "/srv/~old"),
        ("file:///srv/packages", "/srv/packages"),
        ("https://host/packages", None),
    ],
)
def test_an_archive_is_a_folder_unless_it_lies_elsewhere(archive: str, folder: str | None) -> None:
    assert archive_folder(archive, Path("/home/me")) == (Path(folder) if folder else None)


def test_a_mirror_stands_for_whole_parts_of_a_url(tmp_path: Path) -> None:
    mirrors = (("https://a.example/x", "https://m.example/"), ("https://a.example/x/", "file:///srv"))
    settings = settings_for(tmp_path, mirrors=mirrors)
    assert mirrored("https://a.example/x/y", settings) == ["https://m.example/y", "file:///srv/y"]
    assert mirrored("https://a.example/xy", settings) == []
