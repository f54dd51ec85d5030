"""From which files the Python layer was installed: asked of real indexes, checked against what is there."""

from __future__ import annotations

import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from envgit.errors import EnvgitError
from envgit.githooks.init import init
from envgit.model import IndexFile
from envgit.operations import snapshot as snapshots
from envgit.operations.export import export
from envgit.operations.tag import tag
from envgit.operations.workspace import open_workspace
from envgit.restore.index import client
from envgit.store import contents, history
from tests.builders import make_repo, make_venv, make_wheel, pip_install
from tests.builders.indexes import make_index, sha256_of
from tests.githooks.project import Project
from tests.server import Server, Slow, Status, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envgit.model import Distribution
    from envgit.operations.sighting import Recorded


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose folder ``simple`` is the one index that pip and uv are configured for."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_INDEX", "UV_FIND"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "served"
    (folder / "simple").mkdir(parents=True)
    with Server(folder) as server:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("UV_CONFIG_FILE", str(_written(tmp_path / "uv.toml", "")))
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"{server.url}/simple")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))  # each server has files of its own
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository that is bound to an empty venv."""
    repo = make_repo(tmp_path / "code")
    prefix = make_venv(tmp_path / "env")
    repo.git("config", "envgit.default.prefix", str(prefix))
    return Project(repo=repo, prefix=prefix)


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def demo(folder: Path, *, version: str = "1.0", **facts: Any) -> Path:
    """A wheel with all that installers treat in a way of their own."""
    data = f"demo-{version}.data"
    files = {
        "demo.py": f"print({version!r})\n",
        f"{data}/data/share/demo/notes.txt": "notes\n",
        f"{data}/headers/demo.h": "int demo;\n",
        f"{data}/scripts/demo-binary": "no script\n",
        **facts.pop("files", {}),
    }
    scripts = {"demo-script": "#!python\nprint()\n"}
    return make_wheel(
        folder, "demo", version, files=files, scripts=scripts, entry_points={"demo": "demo:main"}, **facts
    )


def resolved(project: Project, *, seconds: float = 30, **options: Any) -> Recorded:
    return snapshots.snapshot(project.workspace(), resolve_within=seconds, **options)


def recorded_distribution(
    project: Project, name: str = "demo", *, rev: str = "envgit/default"
) -> Distribution:
    git = project.workspace().git
    snapshot = contents.snapshot_in(git, project.repo.git("rev-parse", f"{rev}^{{tree}}"))
    (found,) = (d for d in snapshot.environment.distributions if d.name == name)
    return found


def told(recorded: Recorded) -> list[str]:
    return [warned.message for warned in recorded.warnings]


@pytest.mark.parametrize("page", ["json", "html"])
def test_file_that_was_installed_is_recorded_by_name_hash_and_index(
    page: Any, index: Server, project: Project, tmp_path: Path
) -> None:
    wheel = demo(tmp_path)
    make_index(index.folder / "simple", wheel, page=page)
    pip_install(project.prefix, "demo")
    before = snapshots.snapshot(project.workspace())
    assert recorded_distribution(project).file is None
    recorded = resolved(project)
    assert told(recorded) == []
    assert recorded_distribution(project).file == IndexFile(
        name=wheel.name,
        sha256=sha256_of(wheel),
        index=f"{index.url}/simple/",
        url=f"{index.url}/simple/demo/files/{wheel.name}",
    )
    assert (recorded.snapshot, recorded.changed, recorded.tag) == (before.snapshot, False, None)
    assert f"demo==1.0 --hash=sha256:{sha256_of(wheel)}" in project.repo.git(
        "show", "envgit/default:requirements.txt"
    )


def test_only_what_is_read_of_a_wheel_is_downloaded(index: Server, project: Project, tmp_path: Path) -> None:
    # larger than what is fetched at once, and not to be made smaller
    noise = "".join(chr(33 + (i * i * 7 + i // 13) % 90) for i in range(400_000))
    make_index(index.folder / "simple", demo(tmp_path, files={"noise.txt": noise}))
    pip_install(project.prefix, "demo")
    index.requests.clear()
    assert told(resolved(project)) == []
    ranges = [request.range for request in index.requests if request.path.endswith(".whl")]
    assert ranges[0] == "bytes=-65536"
    assert None not in ranges


def test_of_wheels_with_equal_tags_the_one_that_is_installed_is_recorded(
    index: Server, project: Project, tmp_path: Path
) -> None:
    other = demo(tmp_path / "other", files={"demo.py": "print('other')\n"})
    built_again = other.rename(other.with_name("demo-1.0-2-py3-none-any.whl"))
    wheel = demo(tmp_path)
    make_index(index.folder / "simple", wheel)
    pip_install(project.prefix, "demo")
    make_index(index.folder / "simple", built_again)
    assert told(resolved(project)) == []
    file = recorded_distribution(project).file
    assert file is not None
    assert file.name == wheel.name


def test_local_version_is_recorded_with_the_extra_index_that_has_it(
    index: Server, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    wheel = demo(tmp_path, version="1.0+cu118")
    make_index(index.folder / "cu118", wheel)
    monkeypatch.setenv("UV_INDEX", f"{index.url}/cu118")
    pip_install(project.prefix, "demo==1.0+cu118")
    assert told(resolved(project)) == []
    file = recorded_distribution(project).file
    assert file is not None
    assert (file.name, file.index) == (wheel.name, f"{index.url}/cu118/")


def test_mirror_is_asked_and_its_original_recorded(index: Server, project: Project, tmp_path: Path) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    project.repo.git("config", "envgit.mirror", f"https://canonical.example/pypi {index.url}/simple")
    assert told(resolved(project)) == []
    file = recorded_distribution(project).file
    assert file is not None
    assert file.index == "https://canonical.example/pypi/"
    assert file.url == f"https://canonical.example/pypi/demo/files/{file.name}"


def test_server_without_ranges_sends_the_whole_file_up_to_a_limit(
    index: Server, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.ranges = False
    make_index(index.folder / "simple", demo(tmp_path), hashes=False)
    pip_install(project.prefix, "demo")
    monkeypatch.setattr(client, "LARGEST", 1 << 9)
    (warning,) = told(resolved(project))
    assert "is larger than the 0 MB that are read" in warning
    monkeypatch.undo()
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{index.url}/simple")
    monkeypatch.setenv("UV_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert told(resolved(project)) == []
    assert recorded_distribution(project).file is not None


def test_what_no_wheel_fits_is_taken_for_built_from_source(
    index: Server, project: Project, tmp_path: Path
) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    with tarfile.open(tmp_path / "demo-1.0.tar.gz", "w:gz") as sdist:
        sdist.add(_written(tmp_path / "PKG-INFO", "Name: demo\n"), "demo-1.0/PKG-INFO")
    other = demo(tmp_path / "other", files={"demo.py": "print('other')\n"})
    make_index(index.folder / "simple", other, tmp_path / "demo-1.0.tar.gz")
    (warning,) = told(resolved(project))
    assert warning == f"demo 1.0: is not what {other.name} holds: taken for built from demo-1.0.tar.gz"
    file = recorded_distribution(project).file
    assert file is not None
    assert (file.name, file.sha256) == ("demo-1.0.tar.gz", sha256_of(tmp_path / "demo-1.0.tar.gz"))


def test_what_no_index_has_stays_without_a_file_and_is_told(
    index: Server, project: Project, tmp_path: Path
) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    (index.folder / "simple/demo/index.html").write_text("")
    assert told(resolved(project)) == ["demo 1.0: no package index offers this version"]
    assert recorded_distribution(project).file is None


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (("*/demo/", Status(500)), "500 Internal Server Error"),
        (("*/demo/", Status(403)), "403 Forbidden"),
        (("*.whl", Status(404)), "404 Not Found"),
        (("*.whl", Truncated()), "demo-1.0-py3-none-any.whl"),
    ],
)
def test_answer_that_is_none_is_a_warning_with_its_reason(
    trouble: Any, said: str, index: Server, project: Project, tmp_path: Path
) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    index.fail(*trouble)
    (warning,) = told(resolved(project))
    assert said in warning
    index.heal()
    assert told(resolved(project)) == []


def test_dead_index_is_one_line_and_the_tag_is_made_all_the_same(
    index: Server, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.repo.git("config", "envgit.resolve", "tag")
    others = [make_wheel(tmp_path, name, "1.0") for name in ("one", "two")]
    make_index(index.folder / "simple", demo(tmp_path), *others)
    pip_install(project.prefix, "demo", "one", "two")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    made = tag(project.workspace(), "paper")
    (warned,) = made.warnings
    assert warned.message.startswith("demo 1.0, one 1.0, two 1.0: http://127.0.0.1:9 does not answer: ")
    assert project.repo.git("rev-parse", "env/paper^{commit}") == made.observation.commit


def test_index_is_not_waited_for_beyond_the_time_that_was_granted(
    index: Server, project: Project, tmp_path: Path
) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    index.fail("*/demo/", Slow(60))
    assert told(resolved(project, seconds=0.2)) == [
        "demo 1.0: the package indexes did not answer within 0.2 seconds"
    ]


def test_tag_names_a_snapshot_with_its_files_unless_told_otherwise(
    index: Server, project: Project, tmp_path: Path
) -> None:
    project.repo.git("config", "envgit.resolve", "tag")
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    index.requests.clear()
    tag(project.workspace(), "without", resolve=False)
    assert (index.requests, recorded_distribution(project, rev="env/without").file) == ([], None)
    tag(project.workspace(), "paper")
    assert recorded_distribution(project, rev="env/paper").file is not None
    index.requests.clear()
    tag(project.workspace(), "again")
    assert index.requests == []  # what is known is not asked for again
    assert project.repo.git("rev-parse", "env/again^{tree}") == project.repo.git(
        "rev-parse", "env/paper^{tree}"
    )


def test_known_files_stay_known_in_later_snapshots(index: Server, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    project = Project(repo=repo, prefix=make_venv(tmp_path / "env"))
    more = [make_wheel(tmp_path, "more", version) for version in ("1.0", "2.0")]
    make_index(index.folder / "simple", demo(tmp_path), *more)
    pip_install(project.prefix, "demo", "more==1.0")
    init(open_workspace(repo.path), prefix=str(project.prefix), hook_files=True)
    tree = resolved(project).tree
    index.requests.clear()
    project.commit()
    for file in repo.git_dir.glob("envgit/prefixes/*/last.json"):
        file.unlink()
    (repo.git_dir / "envgit/unchanged").unlink()
    project.commit()
    trees = repo.git("log", "--format=%T", "-n2", "envgit/default").split()
    assert trees == [tree, tree]
    pip_install(project.prefix, "more==2.0")
    index.requests.clear()
    project.commit()
    assert recorded_distribution(project, "demo").file is not None
    assert recorded_distribution(project, "more").file is None
    assert index.requests == []  # a hook asks nobody
    assert history.observations(project.workspace().git)[0].summary == "more 1.0 → 2.0"


def test_files_that_a_colleague_found_out_stay_known(index: Server, project: Project, tmp_path: Path) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    snapshots.snapshot(project.workspace())
    remembered = {f: f.read_bytes() for f in project.repo.git_dir.glob("envgit/prefixes/*/last.json")}
    tree = resolved(project).tree
    for file, content in remembered.items():
        file.write_bytes(content)  # as it was before the colleague's snapshot was pulled
    assert snapshots.snapshot(project.workspace()).tree == tree


def test_login_of_an_index_is_used_and_not_recorded(
    index: Server, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_index(index.folder / "simple", demo(tmp_path))
    pip_install(project.prefix, "demo")
    index.password = "ada:s3cr3t"
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{index.url}/simple".replace("://", "://ada:s3cr3t@"))
    assert told(resolved(project)) == []
    file = recorded_distribution(project).file
    assert file is not None
    assert file.index == f"{index.url}/simple/"
    assert "s3cr3t" not in project.repo.git("log", "--all", "--patch", "--format=raw")
    index.fail("*", Status(500))
    pip_install(project.prefix, make_wheel(tmp_path, "more", "1.0"))  # something to ask for
    assert "s3cr3t" not in str(resolved(project))


def test_export_of_what_is_live_tells_the_files_that_were_found_out(
    index: Server, project: Project, tmp_path: Path
) -> None:
    wheel = demo(tmp_path)
    make_index(index.folder / "simple", wheel)
    pip_install(project.prefix, "demo")
    with pytest.raises(EnvgitError, match="its file, with name and URL"):
        export(project.workspace(), "live", "pylock")
    resolved(project)
    assert f'name = "{wheel.name}"' in export(project.workspace(), "live", "pylock").text
