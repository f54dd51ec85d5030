"""What was imported comes back as exactly as its file knows it, and is graded so."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.errors import RestoreFailed
from envgit.operations.importing import import_file
from envgit.operations.workspace import open_workspace
from tests.builders import make_repo, make_wheel, pip_install
from tests.builders.indexes import make_index, sha256_of
from tests.restore.projects import BACKEND, MODULE, PYPROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.operations.checkout import Restored
    from envgit.operations.importing import Imported
    from tests.channel import Channel

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_repo(tmp_path / "repo").path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))


def imported(text: str, *, name: str = "old.yml") -> Imported:
    return import_file(open_workspace("."), name, content=text.encode(), tag="old")


def test_versions_are_solved_for_and_what_was_not_recorded_is_said(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: [variant=1.0, 'prefixed>=0.5', libzos=9]\n")
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert (tmp_path / "env/share/variant.txt").read_text() == "1.0 cpu_0\n"
    told = {package.name: (package.grade, package.reason) for package in restored.packages}
    assert told["variant"][0] == "rebuilt"
    assert told["variant"][1].endswith("cpu_0 was chosen: none was recorded")
    assert told["prefixed"] == ("substituted", "1.0 was chosen for prefixed>=0.5")
    assert told["libzos"][0] == "missing"
    assert restored.grade != "exact"
    assert any("they are solved for" in caution for caution in restored.cautions)
    assert not envgit.verify("old", prefix=str(tmp_path / "env")).identical


def test_build_that_a_file_names_is_the_one_that_comes(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: [variant=1.0=cuda_1]\n")
    envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert (tmp_path / "env/share/variant.txt").read_text() == "1.0 cuda_1\n"


def test_beginning_of_a_version_is_met_by_what_begins_so(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: [six=1.16]\n")
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert {p.name: p.reason for p in restored.packages}["six"] == "version 1.16.0 stands in for 1.16"


def test_spec_that_nothing_meets_is_refused_and_nothing_is_left(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: ['variant>=7']\n")
    with pytest.raises(RestoreFailed, match="fit together"):
        envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dependencies: [variant=1.0]\n", "names no channel"),
        ("channels: [x]\ndependencies: [{pip: [six]}]\n", "no Python to install"),
    ],
)
def test_what_cannot_be_solved_for_is_refused_before_anything(tmp_path: Path, text: str, reason: str) -> None:
    imported(text)
    with pytest.raises(RestoreFailed, match=reason):
        envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_explicit_lock_comes_back_exactly_and_is_verified_so(
    channel: Channel, tmp_path: Path, digest: str
) -> None:
    record = channel.record("variant", "1.0", "cpu_0")
    imported(f"@EXPLICIT\n{record['url']}#{record[digest]}\n", name="old.lock")
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert {package.name: package.grade for package in restored.packages} == {"variant": "exact"}
    assert envgit.verify("old", prefix=str(tmp_path / "env")).identical


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index whose ``top`` needs six and ``dep``, and has an extra; all that uv asks is told of it."""
    wheels = tmp_path / "wheels"
    requires = ("six>=1.16", "dep<2", "more; extra == 'all'")
    make_index(
        tmp_path / "index",
        *(make_wheel(wheels, "top", version, requires=requires) for version in ("1.0", "2.0", "3.0")),
        *(make_wheel(wheels, "dep", version) for version in ("1.5", "2.5")),
        make_wheel(wheels, "more", "1.0"),
        make_wheel(wheels, "six", "1.99"),
    )
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "index").as_uri())
    return tmp_path / "index"


WRITTEN = """\
channels: ['{channel}']
dependencies: [python, six=1.17.0, {{pip: {pip}}}]
"""


def pip_layer(restored: Restored) -> dict[str, tuple[str, str]]:
    return {p.name: (p.grade, p.reason) for p in restored.packages if p.layer == "pypi"}


@pytest.mark.usefixtures("index")
def test_wishes_of_pip_come_with_what_they_need_over_what_conda_brought(
    channel: Channel, tmp_path: Path
) -> None:
    pip = "['top[all]<3', 'dep>=1', \"more; sys_platform == 'never'\"]"
    imported(WRITTEN.format(channel=channel.url, pip=pip))
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert pip_layer(restored) == {
        "top": ("substituted", "2.0 was chosen for top[all]<3"),
        "dep": ("substituted", "1.5 was chosen for dep>=1"),
        "more": ("substituted", "1.0 was chosen for more; sys_platform == 'never'"),
    }
    assert installed(tmp_path / "env")["six"] == "1.17.0"  # conda's is good enough
    verified = envgit.verify("old", prefix=str(tmp_path / "env"))
    assert (verified.agrees, verified.identical) == (True, False)


@pytest.mark.usefixtures("index")
def test_version_without_its_dependencies_is_completed(channel: Channel, tmp_path: Path) -> None:
    imported(WRITTEN.format(channel=channel.url, pip="['top==1.0', \"more; sys_platform == 'never'\"]"))
    told = pip_layer(envgit.checkout("old", prefix=str(tmp_path / "env")))
    assert told == {
        "top": ("rebuilt", "its contents were not recorded"),
        "dep": ("substituted", "not part of the snapshot, and needed by what is"),
        "more": ("exact", "not wanted here: more; sys_platform == 'never'"),
    }
    verified = envgit.verify("old", prefix=str(tmp_path / "env"))
    assert (verified.agrees, verified.identical) == (True, False)
    assert "1 other package is not compared" in verified.warnings[-1].message
    pip_install(tmp_path / "env", "top==2.0")
    changed = envgit.verify("old", prefix=str(tmp_path / "env"))
    assert [change.name for change in changed.drift.changes] == ["top"]
    assert not changed.agrees


@pytest.mark.usefixtures("index")
def test_pins_that_contradict_each_other_come_as_they_are(channel: Channel, tmp_path: Path) -> None:
    imported(WRITTEN.format(channel=channel.url, pip="[top==1.0, dep==2.5, more]"))
    told = pip_layer(envgit.checkout("old", prefix=str(tmp_path / "env")))
    versions = installed(tmp_path / "env")
    assert (versions["top"], versions["dep"], versions["more"]) == ("1.0", "2.5", "1.0")
    assert {name: grade for name, (grade, _) in told.items()} == {
        "top": "rebuilt",
        "dep": "rebuilt",
        "more": "substituted",
    }
    assert told["top"][1].startswith("it came without what it needs: ")


@pytest.mark.usefixtures("index")
def test_wish_that_nothing_meets_is_missing_and_the_rest_is_whole(channel: Channel, tmp_path: Path) -> None:
    imported(WRITTEN.format(channel=channel.url, pip="[nowhere, 'more>=7', 'top<2']"))
    told = pip_layer(envgit.checkout("old", prefix=str(tmp_path / "env")))
    assert {name: grade for name, (grade, _) in told.items()} == {
        "nowhere": "missing",
        "more": "missing",
        "top": "substituted",
        "dep": "substituted",
    }
    assert "more>=7" in told["more"][1]
    assert installed(tmp_path / "env")["top"] == "1.0"


@pytest.mark.usefixtures("index")
def test_list_of_distributions_comes_as_a_venv_of_any_python(tmp_path: Path) -> None:
    imported("top>=2\nsix\n", name="requirements.txt")
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert pip_layer(restored)["top"] == ("substituted", "3.0 was chosen for top>=2")
    assert pip_layer(restored)["python"][1].endswith("was chosen: none was recorded")
    assert {"top", "six", "dep"} == installed(tmp_path / "env").keys()
    assert envgit.verify("old", prefix=str(tmp_path / "env")).agrees


def test_hashed_requirements_come_from_those_files_alone(index: Path, tmp_path: Path) -> None:
    (wheel,) = index.glob("more/files/*.whl")
    imported(f"more==1.0 --hash=sha256:{sha256_of(wheel)}\n", name="requirements.txt")
    told = pip_layer(envgit.checkout("old", prefix=str(tmp_path / "env")))
    assert told["more"] == ("exact", "its contents were not recorded, but the hash of its file")


def test_only_the_proof_of_a_restore_knows_which_file_was_installed(index: Path, tmp_path: Path) -> None:
    (wheel,) = index.glob("more/files/*.whl")
    python = f"# python: {platform.python_version()}\n"
    imported(f"{python}more==1.0 --hash=sha256:{sha256_of(wheel)}\n", name="requirements.txt")
    prefix = tmp_path / "env"
    envgit.checkout("old", prefix=str(prefix))
    assert envgit.verify("old", prefix=str(prefix)).identical
    (prefix / ".envgit-restored.json").unlink()
    assert not envgit.verify("old", prefix=str(prefix)).identical


def installed(prefix: Path) -> dict[str, str]:
    folders = prefix.glob("lib/python*/site-packages/*.dist-info")
    pairs = (folder.name.removesuffix(".dist-info").split("-") for folder in folders)
    return {name: version for name, version in pairs if name != "pip"}


@pytest.mark.usefixtures("index")
def test_branch_is_taken_as_it_stands_with_what_its_code_needs(tmp_path: Path) -> None:
    needs = {"pyproject.toml": f"{PYPROJECT}dependencies = ['top<2']\n"}
    needs["backend.py"] = BACKEND.replace("Version: 0.3\\n", "Version: 0.3\\nRequires-Dist: top<2\\n")
    repo = make_repo(tmp_path / "theirs", files={**needs, "demo_project.py": MODULE})
    repo.git("branch", "stable")
    imported(f"demo-project @ git+file://{repo.path}@stable\n", name="requirements.txt")
    told = pip_layer(envgit.checkout("old", prefix=str(tmp_path / "env")))
    assert told["demo-project"][0] == "substituted"
    assert told["demo-project"][1].startswith("0.3 was chosen for ")
    assert installed(tmp_path / "env")["top"] == "1.0"
