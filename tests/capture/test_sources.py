from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from envgit.model import Source
from tests.builders import (
    PypiSpec,
    Repo,
    make_editable,
    make_prefix,
    make_repo,
    make_venv,
    pip_install,
    site_packages,
)
from tests.capture.captures import captured, dist, kinds

if TYPE_CHECKING:
    from pathlib import Path

#: The least that builds an editable wheel (PEP 660), so that no build backend need be fetched.
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("_demo.pth", __file__.rpartition("/")[0])
        wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0")
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    return "demo-1.0-py3-none-any.whl"
"""

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA256 = "ab" * 32


def source_of(tmp_path: Path, direct_url: dict[str, Any], **settings: Any) -> Source | None:
    spec = PypiSpec(version="1.0", direct_url=direct_url)
    return dist(captured(make_prefix(tmp_path, pypi={"demo": spec}), **settings), "demo").source


@pytest.mark.parametrize(
    ("direct_url", "source"),
    [
        (
            {
                "url": "https://github.com/pypa/sampleproject.git",
                "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": COMMIT},
                "subdirectory": "src",
            },
            Source(
                kind="vcs",
                url="https://github.com/pypa/sampleproject.git",
                vcs="git",
                requested_revision="main",
                commit=COMMIT,
                subdirectory="src",
            ),
        ),
        (
            {"url": "ssh://git@example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            Source(kind="vcs", url="ssh://git@example.org/x.git", vcs="git", commit=COMMIT),
        ),
        (
            {
                "url": "https://example.org/demo-1.0.zip",
                "archive_info": {"hashes": {"sha256": SHA256.upper()}},
            },
            Source(kind="archive", url="https://example.org/demo-1.0.zip", sha256=SHA256),
        ),
        (
            {
                "url": "file:///srv/wheels/demo-1.0-py3-none-any.whl",
                "archive_info": {"hash": f"sha256={SHA256}"},
            },
            Source(kind="archive", url="file:///srv/wheels/demo-1.0-py3-none-any.whl", sha256=SHA256),
        ),
        (
            {"url": "https://ada:pw@example.org/demo-1.0.zip", "archive_info": {"hash": "md5=abc"}},
            Source(kind="archive", url="https://example.org/demo-1.0.zip"),
        ),
        (
            {"url": "file:///srv/demo", "dir_info": {}},
            Source(kind="directory", url="file:///srv/demo"),
        ),
        (
            {"url": "file:///nowhere/demo", "dir_info": {"editable": True}},
            Source(kind="directory", url="file:///nowhere/demo", editable=True),
        ),
    ],
)
def test_direct_urls_are_understood(tmp_path: Path, direct_url: dict[str, Any], source: Source) -> None:
    assert source_of(tmp_path, direct_url) == source


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"url": 7, "dir_info": {}}',
        '{"url": "x"}',
        '{"url": "x", "vcs_info": 1}',
        "[" * 99_999,
    ],
)
def test_a_direct_url_that_is_none_is_a_warning(tmp_path: Path, text: str) -> None:
    prefix = make_prefix(tmp_path, pypi={"demo": PypiSpec(version="1.0", direct_url={})})
    (site_packages(prefix) / "demo-1.0.dist-info/direct_url.json").write_text(text)
    found = captured(prefix)
    assert dist(found, "demo").source is None
    assert kinds(found) == (["unusable-field"] if text else [])


def test_the_mirror_of_an_archive_is_recorded_as_what_it_mirrors(tmp_path: Path) -> None:
    url = "https://mirror.example/pkg/demo-1.0.zip"
    mirrors = (("https://files.example.org", "https://mirror.example/pkg"),)
    source = source_of(tmp_path, {"url": url, "archive_info": {}}, mirrors=mirrors)
    assert source == Source(kind="archive", url="https://files.example.org/demo-1.0.zip")


@pytest.fixture
def project(tmp_path: Path) -> Repo:
    """A repository with a remote (whose URL holds a password) and a project in a subfolder."""
    files = {"libs/dämo project/pyproject.toml": "[project]\n"}
    repo = make_repo(tmp_path / "project", files=files)
    repo.git("remote", "add", "origin", "https://ada:hunter2@git.example.org/project.git")
    return repo


def test_an_editable_install_is_known_by_its_repository_and_commit(tmp_path: Path, project: Repo) -> None:
    prefix = make_prefix(tmp_path / "prefix")
    folder = project.path / "libs/dämo project"
    make_editable(prefix, "demo", "1.0", folder)
    assert dist(captured(prefix, repository=tmp_path / "other"), "demo").source == Source(
        kind="directory",
        url=folder.as_uri(),
        editable=True,
        repository="https://git.example.org/project.git",
        commit=project.head,
        subdirectory="libs/dämo project",
    )


def test_an_editable_install_of_the_recorded_repository_is_known_by_that_alone(
    tmp_path: Path, project: Repo
) -> None:
    prefix = make_prefix(tmp_path / "prefix")
    make_editable(prefix, "demo", "1.0", project.path)
    before = captured(prefix, repository=project.path).environment
    project.commit("Next")
    after = captured(prefix, repository=project.path).environment
    assert before == after
    (demo,) = after.pypi
    assert demo.source == Source(kind="directory", url=".", editable=True, repository=".")
    assert str(tmp_path) not in repr(after)


def test_the_digest_of_an_editable_install_names_its_commit_and_no_path(tmp_path: Path) -> None:
    digests = []
    date = "2024-05-01T12:00:00Z"
    for place in ("here", "elsewhere/there"):
        repo = make_repo(tmp_path / place / "project", files={"setup.py": ""}, commit=False)
        repo.commit("First", env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date})
        prefix = make_prefix(tmp_path / place / "prefix")
        make_editable(prefix, "demo", "1.0", repo.path)
        digests.append(dist(captured(prefix), "demo").digest)
    assert digests[0] == digests[1]
    repo.commit("Second")
    assert dist(captured(prefix), "demo").digest != digests[0]


def test_a_develop_install_is_editable_too(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "project", files={"old_demo.egg-info/PKG-INFO": "Name: old-demo\nVersion: 0.1\n"}
    )
    prefix = make_prefix(tmp_path / "prefix")
    (site_packages(prefix) / "old-demo.egg-link").write_text(f"{repo.path}\n.")
    demo = dist(captured(prefix), "old-demo")
    assert (demo.version, demo.owner, demo.requested) == ("0.1", "pypi", True)
    assert demo.source == Source(kind="directory", url=f"file://{repo.path}", editable=True, commit=repo.head)
    (repo.path / "old_demo.egg-info/PKG-INFO").write_text("Name: old-demo\nVersion: 0.22\n")
    assert dist(captured(prefix), "old-demo").version == "0.22"


@pytest.mark.parametrize("text", ["", "relative/folder\n.", "/nowhere/at/all\n.", "/tmp\0x\n."])
def test_an_egg_link_that_leads_nowhere_is_a_warning(tmp_path: Path, text: str) -> None:
    prefix = make_prefix(tmp_path)
    (site_packages(prefix) / "demo.egg-link").write_text(text)
    found = captured(prefix)
    assert kinds(found) == ["corrupt-distribution"]
    assert "demo.egg-link" in found.warnings[0].message


def test_a_real_editable_install_by_uv_is_recognised(tmp_path: Path) -> None:
    project = (
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
        "[project]\nname = 'demo'\nversion = '1.0'\n"
    )
    repo = make_repo(tmp_path / "demo", files={"pyproject.toml": project, "backend.py": BACKEND})
    venv = make_venv(tmp_path / "venv")
    pip_install(venv, options=("--no-build-isolation", "--offline", "--editable", str(repo.path)))
    demo = dist(captured(venv), "demo")
    assert (demo.owner, demo.installer, demo.requested) == ("pypi", "uv", True)
    assert demo.source == Source(kind="directory", url=repo.path.as_uri(), editable=True, commit=repo.head)
