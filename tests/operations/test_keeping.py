"""What came from files and work trees of this machine is kept where it can be had again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.operations import snapshot as snapshots
from envgit.store import contents
from tests.builders import make_repo, make_venv, make_wheel, pip_install
from tests.builders.indexes import sha256_of
from tests.githooks.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Source
    from envgit.operations.sighting import Recorded
    from tests.builders import Repo


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository that is bound to an empty venv."""
    repo = make_repo(tmp_path / "code")
    prefix = make_venv(tmp_path / "env")
    repo.git("config", "envgit.default.prefix", str(prefix))
    return Project(repo=repo, prefix=prefix)


def source_of(project: Project, name: str) -> Source:
    git = project.workspace().git
    snapshot = contents.snapshot_in(git, project.repo.git("rev-parse", "envgit/default^{tree}"))
    (source,) = (d.source for d in snapshot.environment.distributions if d.name == name)
    assert source is not None
    return source


def told(recorded: Recorded) -> list[str]:
    return [warned.message for warned in recorded.warnings]


# --- files ---


def resolved(project: Project) -> Recorded:
    return snapshots.snapshot(project.workspace(), resolve_within=30)


def kept(project: Project, wheel: Path) -> Path:
    return project.workspace().cache / "wheels" / sha256_of(wheel) / wheel.name


def test_local_wheel_is_kept_by_its_hash(project: Project, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "my wheels", "demo", "1.0")
    content = wheel.read_bytes()
    pip_install(project.prefix, wheel)
    before = snapshots.snapshot(project.workspace())
    recorded = resolved(project)
    assert told(recorded) == []
    assert recorded.snapshot == before.snapshot
    # uv tells no hash of a local file; RECORD told that it is the one
    assert source_of(project, "demo").sha256 == sha256_of(wheel)
    assert kept(project, wheel).read_bytes() == content
    assert [file.name for file in kept(project, wheel).parent.iterdir()] == [wheel.name]
    place = kept(project, wheel)
    wheel.unlink()
    assert told(resolved(project)) == []
    assert place.read_bytes() == content


def test_hash_of_a_local_wheel_stays_known(project: Project, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", "1.0")
    pip_install(project.prefix, wheel)
    resolved(project)
    pip_install(project.prefix, make_wheel(tmp_path, "more", "1.0"))
    snapshots.snapshot(project.workspace())
    assert source_of(project, "demo").sha256 == sha256_of(wheel)
    assert source_of(project, "more").sha256 is None


def test_file_that_was_replaced_since_is_not_kept(project: Project, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", "1.0")
    pip_install(project.prefix, wheel)
    make_wheel(tmp_path, "demo", "1.0", files={"demo.py": "other = True\n"})
    (warning,) = told(resolved(project))
    assert warning == (
        "demo 1.0: its file is not kept: no hash of it was recorded, "
        f"and {wheel} does not hold what is installed"
    )
    assert source_of(project, "demo").sha256 is None
    assert not kept(project, wheel).exists()


@pytest.mark.parametrize("damage", ["gone", "no wheel"])
def test_file_that_cannot_be_read_is_a_warning(damage: str, project: Project, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", "1.0")
    pip_install(project.prefix, wheel)
    if damage == "gone":
        wheel.unlink()
    else:
        wheel.write_bytes(b"PK no more")
    (warning,) = told(resolved(project))
    assert str(wheel) in warning


# --- patches ---


@pytest.fixture
def library(tmp_path: Path) -> Repo:
    """A repository of another project, which is installed editable."""
    repo = make_repo(tmp_path / "library")
    pyproject = (
        '[project]\nname = "lib"\nversion = "1.0"\n[build-system]\nrequires = []\nbuild-backend = "b"\n'
    )
    backend = """\
import os, zipfile
def build_editable(folder, *_):
    name = "lib-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("lib.pth", os.getcwd())
        wheel.writestr("lib-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: lib\\nVersion: 1.0\\n")
        wheel.writestr("lib-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        record = ["lib.pth", *(f"lib-1.0.dist-info/{n}" for n in ("METADATA", "WHEEL", "RECORD"))]
        wheel.writestr("lib-1.0.dist-info/RECORD", "".join(f"{path},,\\n" for path in record))
    return name
"""
    pyproject = pyproject.replace('"b"\n', '"b"\nbackend-path = ["."]\n')
    repo.commit(
        "Library",
        files={
            "pyproject.toml": pyproject,
            "b.py": backend,
            "lib.py": "x = 1\n",
            ".gitignore": "__pycache__/\n",
        },
    )
    return repo


def patched(project: Project) -> Recorded:
    return snapshots.snapshot(project.workspace(), patch=True)


def test_uncommitted_changes_of_an_editable_install_become_a_patch_that_applies(
    project: Project, library: Repo, tmp_path: Path
) -> None:
    pip_install(project.prefix, library.path, options=("--editable",))
    library.git("config", "diff.noprefix", "true")
    library.write({"lib.py": "x = 2\n", "new.py": ""})
    (library.path / "picture.png").write_bytes(bytes(range(256)))
    library.git("add", "picture.png")
    before = snapshots.snapshot(project.workspace())
    recorded = patched(project)
    assert recorded.snapshot == before.snapshot
    assert told(recorded) == ["lib: files that Git does not track are not recorded: new.py"]
    patch = source_of(project, "lib").patch
    assert patch is not None
    content = project.workspace().git.run("cat-file", "blob", f"envgit/default:{patch.name}")
    (tmp_path / "dirty.patch").write_bytes(content)
    assert (patch.name, patch.sha256) == ("dirty-lib.patch", sha256_of(tmp_path / "dirty.patch"))
    clone = tmp_path / "clone"
    library.git("clone", "--quiet", str(library.path), str(clone))
    library.git("-C", str(clone), "apply", str(tmp_path / "dirty.patch"))
    assert (clone / "lib.py").read_text() == "x = 2\n"
    assert (clone / "picture.png").read_bytes() == bytes(range(256))


def test_patch_belongs_to_one_snapshot_alone(project: Project, library: Repo) -> None:
    pip_install(project.prefix, library.path, options=("--editable",))
    first = snapshots.snapshot(project.workspace())
    library.write({"lib.py": "x = 2\n"})
    patched(project)
    after = snapshots.snapshot(project.workspace())
    assert (after.tree, source_of(project, "lib").patch) == (first.tree, None)


def test_clean_work_tree_has_no_patch(project: Project, library: Repo) -> None:
    pip_install(project.prefix, library.path, options=("--editable",))
    first = snapshots.snapshot(project.workspace())
    recorded = patched(project)
    assert (recorded.tree, told(recorded)) == (first.tree, [])


def test_patch_with_a_credential_is_not_recorded(project: Project, library: Repo) -> None:
    pip_install(project.prefix, library.path, options=("--editable",))
    library.write({"lib.py": "url = 'https://ada:s3cr3t@host/'\n"})
    (warning,) = told(patched(project))
    assert "they hold what looks like a credential" in warning
    assert source_of(project, "lib").patch is None
    assert "s3cr3t" not in project.repo.git("log", "--all", "--patch", "--format=raw")
