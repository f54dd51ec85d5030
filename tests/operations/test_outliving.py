"""Nothing of the user's is lost in place: behind links, in files of no package, written meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.errors import Conflict, RestoreFailed
from tests.builders import (
    conda_install,
    make_repo,
    make_venv,
    make_wheel,
    pip_install,
    run_cli,
    run_python,
    site_packages,
)
from tests.restore.environments import beside

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo
    from tests.channel import Channel

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    return repo


def toolz(tmp_path: Path, version: str) -> Path:
    """A wheel of a package that is a folder."""
    text = f"VERSION = {version!r}\n"
    return make_wheel(tmp_path / "wheels", "toolz", version, files={"toolz/__init__.py": text})


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A venv that is bound, recorded as `before` with toolz 1.0, then changed to toolz 2.0."""
    prefix = make_venv(tmp_path / "envs/live")
    pip_install(prefix, toolz(tmp_path, "1.0"))
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    pip_install(prefix, toolz(tmp_path, "2.0"))
    return prefix


@pytest.fixture
def conda(channel: Channel, tmp_path: Path) -> Path:
    """A conda environment that is bound, recorded as `before` with variant 1.0, then changed to 1.1."""
    prefix = conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "envs/live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    return conda_install(channel, ["variant=1.1"], prefix)


def moved(folder: Path, target: Path) -> Path:
    """Move a folder elsewhere, and leave a link in its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
    folder.symlink_to(target)
    return target


def test_checkout_that_a_package_is_linked_to_stays(venv: Path, tmp_path: Path) -> None:
    outside = moved(site_packages(venv) / "toolz", tmp_path / "work/toolz")
    (outside / "mine.py").write_text("x = 1\n")

    restored = envgit.checkout("before", in_place=True)

    assert restored.grade == "exact"
    assert (outside / "__init__.py").read_text() == "VERSION = '2.0'\n"
    assert (outside / "mine.py").read_text() == "x = 1\n"
    assert run_python(venv, "-c", "import toolz; print(toolz.VERSION)") == "1.0"
    kept = site_packages(venv) / "toolz.envgit-saved"
    assert os.readlink(kept) == str(outside)
    assert any(str(outside) in said and kept.name in said for said in restored.cautions)
    assert beside(venv) == []


def test_package_that_is_to_go_is_gone_and_what_it_was_linked_to_stays(venv: Path, tmp_path: Path) -> None:
    pip_install(venv, make_wheel(tmp_path, "extra", "1.0", files={"extra/__init__.py": ""}))
    outside = moved(site_packages(venv) / "extra", tmp_path / "work/extra")

    assert envgit.checkout("before", in_place=True).grade == "exact"

    assert (outside / "__init__.py").exists()
    assert run_python(venv, "-c", "import importlib.util as u; print(u.find_spec('extra'))") == "None"


def test_absolute_link_into_the_environment_leads_to_the_new_one(venv: Path) -> None:
    place = site_packages(venv) / "toolz"
    inside = moved(place, venv / "share/moved")
    (inside / "mine.py").write_text("x = 1\n")

    assert envgit.checkout("before", in_place=True).grade == "exact"

    assert os.readlink(place) == str(inside)
    assert (place / "__init__.py").read_text() == "VERSION = '1.0'\n"
    assert (inside / "mine.py").read_text() == "x = 1\n"


def test_what_an_absolute_link_leads_to_stays_where_the_change_fails(venv: Path, tmp_path: Path) -> None:
    inside = moved(site_packages(venv) / "toolz", venv / "share/moved")
    for wheel in (tmp_path / "wheels").iterdir():
        wheel.unlink()
    with pytest.raises(RestoreFailed):
        envgit.checkout("before", in_place=True)
    assert (inside / "__init__.py").read_text() == "VERSION = '2.0'\n"


def test_link_that_no_package_has_to_do_with_stays(venv: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/weights").write_bytes(b"weights")
    (venv / "models").symlink_to(tmp_path / "disk")

    restored = envgit.checkout("before", in_place=True)

    assert (venv / "models/weights").read_bytes() == b"weights"
    assert (venv / "models").is_symlink()
    assert restored.cautions == ()


def test_folder_of_conda_packages_on_another_disk_stays(conda: Path, tmp_path: Path) -> None:
    outside = moved(conda / "share", tmp_path / "disk/share")
    (outside / "mine.txt").write_text("mine")

    restored = envgit.checkout("before", in_place=True)

    assert restored.grade == "exact"
    assert sorted(file.name for file in outside.iterdir()) == ["mine.txt", "variant.txt"]
    assert (outside / "variant.txt").read_text() == "1.1 cpu_0\n"
    assert (conda / "share/variant.txt").read_text() == "1.0 cpu_0\n"
    assert not (conda / "share").is_symlink()
    assert os.readlink(conda / "share.envgit-saved") == str(outside)


def test_packages_that_stay_come_inside_where_a_folder_takes_the_place_of_a_link(tmp_path: Path) -> None:
    def sharing(name: str, version: str) -> Path:
        files = {f"{name}-{version}.data/data/share/{name}.txt": version}
        return make_wheel(tmp_path / "wheels", name, version, files=files)

    prefix = make_venv(tmp_path / "envs/live")
    pip_install(prefix, sharing("staying", "1.0"), sharing("changing", "1.0"))
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    pip_install(prefix, sharing("changing", "2.0"))
    outside = moved(prefix / "share", tmp_path / "disk/share")

    assert envgit.checkout("before", in_place=True).grade == "exact"

    assert {file.name: file.read_text() for file in (prefix / "share").iterdir()} == {
        "staying.txt": "1.0",
        "changing.txt": "1.0",
    }
    assert (outside / "changing.txt").read_text() == "2.0"
    assert (outside / "staying.txt").exists()


def test_nothing_is_written_over_through_a_link(conda: Path, tmp_path: Path) -> None:
    """A package brings a file of a name that the user has in the folder that is linked to."""
    outside = tmp_path / "disk"
    outside.mkdir()
    (outside / "variant.txt").write_text("mine")
    (conda / "share/variant.txt").unlink()
    (conda / "share").rmdir()
    (conda / "share").symlink_to(outside)

    assert envgit.checkout("before", in_place=True).grade == "exact"

    assert (outside / "variant.txt").read_text() == "mine"
    assert (conda / "share/variant.txt").read_text() == "1.0 cpu_0\n"


def test_environment_whose_needed_parts_lie_outside_is_refused(venv: Path, tmp_path: Path) -> None:
    outside = moved(site_packages(venv), tmp_path / "disk/site-packages")
    before = sorted(outside.rglob("*"))
    with pytest.raises(Conflict, match=r"site-packages is a link to"):
        envgit.checkout("before", in_place=True)
    assert sorted(outside.rglob("*")) == before


@pytest.mark.parametrize("way", ["by the command line", "by the API"])
def test_file_of_the_users_is_kept_where_a_conda_package_brings_one(
    way: str, channel: Channel, repo: Repo, tmp_path: Path
) -> None:
    """The command line starts what links packages early, with things to be done meanwhile."""
    prefix = conda_install(channel, ["variant=1.0=cpu_0", "prefixed"], tmp_path / "envs/live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    conda_install(channel, ["prefixed"], prefix)
    (prefix / "share").mkdir(exist_ok=True)
    (prefix / "share/variant.txt").write_text("mine")
    (prefix / "share/variant.txt.envgit-saved").write_text("older")

    if way == "by the API":
        said = "".join(envgit.checkout("before", in_place=True).cautions)
    else:
        ran = run_cli("checkout", "before", "--in-place", cwd=repo.path)
        assert ran.code == 0, ran.stderr
        said = ran.stdout + ran.stderr

    assert (prefix / "share/variant.txt").read_text() == "1.0 cpu_0\n"
    assert (prefix / "share/variant.txt.envgit-saved1").read_text() == "mine"
    assert (prefix / "share/variant.txt.envgit-saved").read_text() == "older"
    assert "share/variant.txt.envgit-saved1" in said


def test_module_of_the_users_is_kept_where_a_distribution_brings_one(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tab", "1.0")
    prefix = make_venv(tmp_path / "envs/live")
    pip_install(prefix, wheel)
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    pip_install(prefix, make_wheel(tmp_path, "other", "1.0"))
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "uninstall", "-q", "-p", str(prefix), "tab"], check=True
    )
    (site_packages(prefix) / "tab.py").write_text("mine = 1\n")

    restored = envgit.checkout("before", in_place=True)

    assert restored.grade == "exact"
    assert (site_packages(prefix) / "tab.py").read_text() == "__version__ = '1.0'\n"
    assert (site_packages(prefix) / "tab.py.envgit-saved").read_text() == "mine = 1\n"
    assert any("tab.py.envgit-saved" in said for said in restored.cautions)


MEANWHILE = """\
import sys
from pathlib import Path
import envgit
from envgit.errors import Conflict
from envgit import restore
from envgit.operations import in_place

prefix, moment = Path(sys.argv[1]), sys.argv[2]
notebook = prefix / "notebook.ipynb"
if moment == "while a clone is changed":
    change = restore.change
    def changing(*args, **options):
        changed = change(*args, **options)
        notebook.write_text("hours of work")
        return changed
    restore.change = changing
else:
    opened, prove = notebook.open("a"), in_place.prove
    def proving(*args, **options):
        opened.write("hours of work")
        opened.flush()
        return prove(*args, **options)
    in_place.prove = proving
try:
    envgit.checkout("before", in_place=True, yes=True)
except Conflict as conflict:
    print(conflict.message)
"""


@pytest.mark.parametrize("moment", ["while a clone is changed", "while the new one is proven"])
def test_what_is_written_meanwhile_is_not_lost(moment: str, venv: Path) -> None:
    (venv / "notebook.ipynb").write_text("")
    ran = subprocess.run(
        [sys.executable, "-c", MEANWHILE, str(venv), moment], capture_output=True, text=True, check=False
    )
    assert "was changed meanwhile, and was left as it is: notebook.ipynb" in ran.stdout, ran.stderr
    assert (venv / "notebook.ipynb").read_text() == "hours of work"
    assert run_python(venv, "-c", "import toolz; print(toolz.VERSION)") == "2.0"
    assert beside(venv) == []


def test_folder_that_may_not_be_read_is_named(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser may read all, so that the system's refusal is put in its place."""
    secret = venv / "secret"
    secret.mkdir()
    secret.chmod(0)
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path) == str(secret):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(RestoreFailed, match="secret may not be read"):
        envgit.checkout("before", in_place=True)
    secret.chmod(0o700)
