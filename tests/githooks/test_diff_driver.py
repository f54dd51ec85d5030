"""Git's own diff speaks drift where people read it, and is never worse for envgit being there."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.doctor import examine
from envgit.formats.manifest import encode_manifest
from envgit.githooks import textconv
from envgit.githooks.diff_driver import PATTERNS
from envgit.githooks.init import init
from envgit.githooks.install import uninstall
from envgit.githooks.reading import reading_of
from envgit.identity import snapshot_of
from envgit.model import Source, Variable
from envgit.operations.tag import tag
from tests.builders import Repo, run_cli
from tests.drift.environments import conda, dist, environment
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from collections.abc import Mapping

TOP = Path(__file__).parents[2]
PAGER = {"GIT_PAGER_IN_USE": "true"}
BEFORE = """\
name: paper
channels: [conda-forge, bioconda]
dependencies:
  # what the figures need
  - numpy=1.26.4=py311_0
  - python=3.11.9
  - pip:
      - requests==2.31.0
"""
#: The same in another order and layout, and one upgrade.
AFTER = """\
name: paper
channels:
  - conda-forge
  - bioconda
dependencies:
# what the figures need
- python =3.11.9
- numpy=2.0.0=py311_0
- pip:
  - requests == 2.31.0
"""
DRIFT = """\
 # what the figures need
 name: paper
 channel 1: conda-forge
 channel 2: bioconda
-conda  numpy=1.26.4=py311_0
+conda  numpy=2.0.0=py311_0
 conda  python=3.11.9
 pip  requests==2.31.0
"""


@pytest.fixture
def repo(project: Project) -> Repo:
    """A repository with the driver, an ``environment.yml`` committed and then changed."""
    project.repo.commit(files={"environment.yml": BEFORE}, env={"ENVGIT": "0"})
    project.repo.write({"environment.yml": AFTER})
    return project.repo


def hunks(output: str) -> str:
    """A diff without Git's headers and the line that stands for the bytes."""
    lines = output.partition("\n@@ ")[2].split("\n")[1:]
    return "".join(f"{line}\n" for line in lines if line and "# read by envgit from " not in line)


def as_text(repo: Repo, command: str, *arguments: str) -> str:
    return repo.git(command, "--no-textconv", *arguments)


# --- what is shown ---


def test_git_diff_in_a_pager_shows_drift_whatever_the_layout(repo: Repo) -> None:
    shown = repo.git("diff", "--no-color", env=PAGER)
    assert hunks(shown) == DRIFT
    digests = [line[:32] for line in shown.splitlines() if "# read by envgit from " in line]
    assert [line[0] for line in digests] == ["-", "+"]


@pytest.mark.parametrize("command", ["log -p -1", "show", "diff HEAD~", "diff --cached HEAD~", "show --cc"])
def test_every_command_that_shows_a_change_shows_the_same(repo: Repo, command: str) -> None:
    repo.commit(env={"ENVGIT": "0"})
    assert hunks(repo.git(*command.split(), "--no-color", "--", "environment.yml", env=PAGER)) == DRIFT


def test_the_pager_that_git_starts_is_enough(repo: Repo, tmp_path: Path) -> None:
    """On a terminal, without any variable set by hand."""
    seen = tmp_path / "seen"
    ours, terminal = pty.openpty()
    environ = os.environ | {"GIT_PAGER": f"cat >{shlex.quote(str(seen))}", "TERM": "dumb"}
    subprocess.run(["git", "diff", "--no-color"], cwd=repo.path, stdout=terminal, env=environ, check=True)
    os.close(terminal)
    os.close(ours)
    assert hunks(seen.read_text()) == DRIFT


def test_show_of_a_baseline_speaks_drift_in_a_pipe_too(project: Project) -> None:
    project.upgrade("2.0")
    tag(project.workspace(), "paper")
    shown = project.repo.git("show", "--format=", "env/paper", "--", "snapshot.json")
    assert "-pip  six==1.0" in shown
    assert "+pip  six==2.0" in shown
    assert '"identity"' not in shown
    assert '"identity"' in as_text(project.repo, "show", "--format=", "env/paper", "--", "snapshot.json")


def test_other_bytes_alone_do_not_look_like_no_change(repo: Repo) -> None:
    repo.write({"environment.yml": BEFORE.replace("python=3.11.9", "python=3.11.9 # for tomllib")})
    shown = repo.git("diff", "--unified=0", "--no-color", env=PAGER)
    assert [line[:23] for line in shown.splitlines()[-2:]] == [
        "-# read by envgit from ",
        "+# read by envgit from ",
    ]


def test_explicit_lock_is_a_line_for_each_package(project: Project) -> None:
    url = "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-h1_0.conda"
    lock = f"@EXPLICIT\n{url}#{'ab' * 32}\n"
    project.repo.commit(files={"conda-linux-64.lock": lock}, env={"ENVGIT": "0"})
    project.repo.write({"conda-linux-64.lock": lock.replace("1.3-", "1.4-").replace("ab", "cd")})
    assert hunks(project.repo.git("diff", "--no-color", env=PAGER)).endswith(
        "-conda  zlib=1.3=h1_0  conda-forge  abababababab\n+conda  zlib=1.4=h1_0  conda-forge  cdcdcdcdcdcd\n"
    )


LOCK = """\
version: 1
metadata:
  content_hash: {{linux-64: {hash}, osx-arm64: {hash}}}
  channels: [{{url: conda-forge, used_env_vars: []}}]
  platforms: [linux-64, osx-arm64]
  sources: [environment.yml]
package:
"""
LOCKED = """\
- name: {name}
  version: '{version}'
  manager: conda
  platform: {platform}
  dependencies: {{}}
  url: https://conda.anaconda.org/conda-forge/{platform}/{name}-{version}-h1_0.conda
  hash: {{md5: {md5}, sha256: {sha256}}}
  category: main
  optional: false
"""


def lock_of(*packages: tuple[str, str, str], mark: str) -> str:
    """A conda-lock.yml of packages by name, version and platform."""
    entries = (
        LOCKED.format(name=name, version=version, platform=platform, md5=mark * 32, sha256=mark * 64)
        for name, version, platform in packages
    )
    return LOCK.format(hash=mark * 64) + "".join(entries)


def test_lock_is_shown_with_all_its_platforms(project: Project) -> None:
    zlib, xz, mac = ("zlib", "1.3", "linux-64"), ("xz", "5.4", "linux-64"), ("xz", "5.4", "osx-arm64")
    before = lock_of(zlib, xz, mac, ("zlib", "1.3", "osx-arm64"), mark="a")
    after = lock_of(xz, ("zlib", "1.4", "osx-arm64"), mac, zlib, mark="a")
    project.repo.commit(files={"conda-lock.yml": before}, env={"ENVGIT": "0"})
    project.repo.write({"conda-lock.yml": after})
    shown = project.repo.git("diff", "--no-color", env=PAGER)
    assert hunks(shown).replace("a" * 12, "a…") == (
        " platform: linux-64\n"
        " channel 1: conda-forge\n"
        " platform: osx-arm64\n"
        " conda  xz=5.4=h1_0  conda-forge  linux-64  a…\n"
        " conda  xz=5.4=h1_0  conda-forge  osx-arm64  a…\n"
        " conda  zlib=1.3=h1_0  conda-forge  linux-64  a…\n"
        "-conda  zlib=1.3=h1_0  conda-forge  osx-arm64  a…\n"
        "+conda  zlib=1.4=h1_0  conda-forge  osx-arm64  a…\n"
    )


def test_lock_for_one_platform_names_it_once() -> None:
    lock = lock_of(("zlib", "1.3", "linux-64"), mark="b").replace(", osx-arm64]", "]")
    assert reading_of(lock.encode(), where="conda-lock.yml").splitlines()[1:] == [
        "platform: linux-64",
        "channel 1: conda-forge",
        f"conda  zlib=1.3=h1_0  conda-forge  {'b' * 12}",
    ]


def test_every_setting_and_package_has_a_line() -> None:
    source = Source(kind="vcs", url="https://host/o/mine", repository="https://host/o/mine", commit="c" * 40)
    whole = environment(
        conda("numpy", "", "", requested=("numpy>=2", "numpy!=2.1")),
        conda("zlib", "1.3", sha256="a" * 64, channel="defaults"),
        dist("mine", "0.1", source=source, digest=None),
        dist("rich", "14", "clobbered", conda_package="rich", digest="d" * 64),
        dist("six", "", "clobbered", conda_package="six", digest=None),
        channel_priority="strict",
        specs=("zlib", "numpy>=2"),
        pins=("zlib 1.*",),
        variables=(Variable(name="A", value="1"), Variable(name="B", value=None)),
    )
    content = encode_manifest(snapshot_of(whole))
    assert reading_of(content, where="snapshot.json").splitlines()[1:] == [
        "platform: linux-64",
        "channel 1: conda-forge",
        "channel priority: strict",
        "asked for: numpy>=2",
        "asked for: zlib",
        "pinned: zlib 1.*",
        "variable: A=1",
        "variable: B",
        "conda  numpy>=2, numpy!=2.1  conda-forge",
        "conda  zlib=1.3=h0_0  defaults  aaaaaaaaaaaa",
        "pip  mine==0.1  https://host/o/mine  cccccccccccc",
        "pip  rich==14  over conda's rich  dddddddddddd",
        "pip  six  uninstalled, was conda's six",
    ]


def test_platform_that_only_a_comment_names_is_none_of_the_lock() -> None:
    lock = lock_of(("xz", "5.4", "linux-64"), ("xz", "5.4", "osx-arm64"), mark="c")
    shown = reading_of(f"  # not for win-64 yet\n{lock}".encode(), where="conda-lock.yml").splitlines()
    assert [line for line in shown if "win-64" in line] == ["# not for win-64 yet"]
    assert [line for line in shown if line.startswith("platform")] == [
        "platform: linux-64",
        "platform: osx-arm64",
    ]


def test_nothing_secret_is_shown_and_no_terminal_obeys_a_file() -> None:
    content = """\
name: "x\\e[2J"
channels: ["https://ada:hunter2@channels.example.org/lab"]
dependencies:
  - numpy # plain
  # \u202eder, see https://ada:hunter2@example.org
  - pip: ["foo @ https://ada:hunter2@example.org/foo-1.0.tar.gz"]
variables: {API_TOKEN: hunter2hunter2}
"""
    shown = reading_of(content.encode(), where="environment.yml")
    assert "hunter2" not in shown
    assert [line for line in shown.splitlines() if not line.isprintable()] == []
    assert "name: x\\x1b[2J" in shown


# --- what is not ---


def test_a_patch_is_the_text_and_applies(repo: Repo) -> None:
    patch = repo.git("diff") + "\n"
    assert patch == as_text(repo, "diff", "--no-ext-diff") + "\n"
    repo.git("checkout", "--quiet", "environment.yml")
    repo.git("apply", stdin=patch)
    assert (repo.path / "environment.yml").read_text() == AFTER


def test_blame_has_the_lines_of_the_file(repo: Repo) -> None:
    repo.commit(env={"ENVGIT": "0"})
    blamed = repo.git("blame", "-s", "environment.yml", env=PAGER)
    assert [line.partition(") ")[2] for line in blamed.splitlines()] == AFTER.splitlines()


def test_stat_exit_code_and_format_patch_are_those_of_the_text(repo: Repo) -> None:
    assert repo.run("diff", "--quiet", env=PAGER).returncode == 1
    assert repo.git("diff", "--stat", env=PAGER) == as_text(repo, "diff", "--stat")
    repo.commit(env={"ENVGIT": "0"})
    mail = repo.git("format-patch", "--stdout", "-1", env=PAGER)
    repo.git("reset", "--quiet", "--hard", "HEAD~")
    repo.git("am", "--quiet", stdin=mail, env={"ENVGIT": "0"})
    assert (repo.path / "environment.yml").read_text() == AFTER


def test_setting_has_drift_everywhere_or_nowhere(repo: Repo) -> None:
    repo.git("config", "envgit.diff", "always")
    assert hunks(repo.git("diff")) == DRIFT
    repo.git("config", "envgit.diff", "never")
    assert repo.git("diff", env=PAGER) == as_text(repo, "diff")


def test_envgit_0_is_the_text_for_one_command(repo: Repo) -> None:
    assert repo.git("diff", env={**PAGER, "ENVGIT": "0"}) == as_text(repo, "diff")


def test_a_conflict_is_shown_as_text(repo: Repo) -> None:
    repo.commit("Upgrade", env={"ENVGIT": "0"})
    repo.git("checkout", "--quiet", "-b", "other", "HEAD~", env={"ENVGIT": "0"})
    repo.commit(files={"environment.yml": BEFORE.replace("1.26.4", "1.25.0")}, env={"ENVGIT": "0"})
    assert repo.run("merge", "main", env={"ENVGIT": "0"}).returncode == 1
    shown = repo.git("diff", env=PAGER)
    assert "++<<<<<<< HEAD" in shown
    assert shown == as_text(repo, "diff")


# --- never in the way ---

ODD = {
    "half": BEFORE[:120] + '\n  - "numpy',
    "markers": f"<<<<<<< HEAD\n{BEFORE}=======\n{AFTER}>>>>>>> other\n",
    "template": "dependencies: [{{ cookiecutter.numpy }}]\n",
    "nothing": "",
    "no environment": "- just\n- a list\n",
    "deep": "[" * 5000,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_file_that_cannot_be_read_is_shown_as_it_is(repo: Repo, odd: str) -> None:
    repo.commit(files={"environment.yml": "x\n" + odd}, env={"ENVGIT": "0"})
    repo.write({"environment.yml": odd})
    ran = repo.run("diff", env=PAGER)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == as_text(repo, "diff") + "\n"


def test_what_takes_too_long_to_read_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read_slowly(_content: bytes, *, where: str) -> str:
        time.sleep(3)
        return where

    (tmp_path / "pixi.lock").write_text(BEFORE)
    monkeypatch.setattr(textconv, "_SECONDS", 0.1)
    monkeypatch.setattr("envgit.githooks.reading.reading_of", read_slowly)
    assert textconv.main([str(tmp_path / "pixi.lock")], {}) == 1
    assert capsys.readouterr().out == ""


def test_somebody_elses_snapshot_json_is_shown_as_it_is(repo: Repo) -> None:
    repo.commit(files={"web/snapshot.json": '{"identity": 1}\n'}, env={"ENVGIT": "0"})
    repo.write({"web/snapshot.json": '{"identity": 2}\n'})
    assert repo.git("diff", env=PAGER) == as_text(repo, "diff")


@pytest.mark.parametrize("gone", ["python", "entry", "path"])
def test_text_is_shown_where_envgit_is_gone(repo: Repo, gone: str) -> None:
    written = repo.git("config", "diff.envgit.textconv")
    broken = "\n".join(
        f"envgit_{gone}=/nonexistent/{gone}" if line.startswith(f"envgit_{gone}=") else line
        for line in written.split("\n")
    )
    assert broken != written
    repo.git("config", "diff.envgit.textconv", broken)
    ran = repo.run("diff", env={**PAGER, "PATH": "/usr/bin:/bin"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == as_text(repo, "diff") + "\n"


def without_envgit() -> Mapping[str, str]:
    """Variables under which there is no ``envgit``, as it is while the tests of an installed one run."""
    folders = os.environ["PATH"].split(os.pathsep)
    return {"PATH": os.pathsep.join(folder for folder in folders if not Path(folder, "envgit").exists())}


def with_envgit_on_path(folder: Path) -> Mapping[str, str]:
    """Variables under which ``envgit`` is a program."""
    folder.mkdir()
    program = folder / "envgit"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(TOP))} exec {shlex.quote(sys.executable)} -m envgit "$@"\n'
    )
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_envgit_on_the_path_stands_in_for_a_pinned_one_that_is_gone(repo: Repo, tmp_path: Path) -> None:
    written = repo.git("config", "diff.envgit.textconv")
    repo.git("config", "diff.envgit.textconv", written.replace("envgit_python=", "envgit_python=/gone"))
    assert hunks(repo.git("diff", env={**PAGER, **with_envgit_on_path(tmp_path / "bin")})) == DRIFT


def test_an_interpreter_of_any_name_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / 'it\'s "my" $HOME; \\ python'
    python.write_text(
        f'#!/bin/sh\necho started >>"${{0%/*}}/starts"\nexec {shlex.quote(sys.executable)} "$@"\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    project = make_project(tmp_path)
    project.repo.commit(files={"environment.yml": BEFORE}, env={"ENVGIT": "0"})
    project.repo.write({"environment.yml": AFTER})
    (tmp_path / "starts").unlink(missing_ok=True)
    assert hunks(project.repo.git("diff", env=PAGER)) == DRIFT
    assert (tmp_path / "starts").read_text() == "started\n" * 2


def test_files_of_any_name_are_read(repo: Repo) -> None:
    names = ["-x/environment.yml", "a b/environment 'of' mine.yml", "$(touch pwned)/environment.yml"]
    repo.commit(files=dict.fromkeys(names, BEFORE), env={"ENVGIT": "0"})
    for name in names:
        repo.write({name: AFTER})
        assert hunks(repo.git("diff", "--no-color", "--", name, env=PAGER)) == DRIFT
    assert not (repo.path / "pwned").exists()


def test_a_pager_that_is_quit_ends_the_diff(repo: Repo) -> None:
    ended = "git log -p --color=always | :"
    ran = subprocess.run(
        ["sh", "-c", ended],
        cwd=repo.path,
        env=os.environ | PAGER,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_snapshot_is_read_without_any_library(project: Project, tmp_path: Path) -> None:
    """Twice for every file of a diff: a start is what it costs."""
    manifest = tmp_path / "snapshot.json"
    manifest.write_text(project.repo.git("show", "envgit/default:snapshot.json"))
    written = project.repo.git("config", "diff.envgit.textconv")
    pinned = dict(line.partition("=")[::2] for line in written.split("\n") if line.startswith("envgit_"))
    python, entry, path = (shlex.split(pinned[f"envgit_{name}"])[0] for name in ("python", "entry", "path"))
    ran = subprocess.run(
        [python, "-X", "importtime", "-I", "-S", entry, path, "textconv", str(manifest)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "conda  zlib=1.3" in ran.stdout
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert "envgit" in loaded
    assert not loaded & {"yaml", "rattler", "packaging", "deepdiff", "typer", "rich", "subprocess", "git"}


# --- in and out ---


def settings_of(repo: Repo) -> list[bytes]:
    files = [repo.git_dir / "config", repo.git_dir / "info/attributes"]
    return [file.read_bytes() if file.exists() else b"" for file in files]


def test_init_twice_is_as_once_and_tracks_nothing(project: Project) -> None:
    once = settings_of(project.repo)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert settings_of(project.repo) == once
    assert project.repo.git("status", "--porcelain") == ""


def test_init_and_uninstall_leave_every_byte_that_is_the_users(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    project.repo.git("config", "diff.envgit.xfuncname", "^name: .*")
    attributes = project.repo.git_dir / "info/attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_bytes(b"*.ipynb  diff=jupyternotebook\r\npixi.lock -diff")
    before = settings_of(project.repo)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert project.repo.git("check-attr", "diff", "a.ipynb").endswith("diff: jupyternotebook")
    removed = uninstall(project.workspace().repository)
    assert removed == (project.hooks, project.repo.git_dir / "config", attributes)
    assert settings_of(project.repo) == before
    assert uninstall(project.workspace().repository) == ()


def test_uninstall_takes_away_the_files_that_init_made(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    before = settings_of(project.repo)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    uninstall(project.workspace().repository)
    assert settings_of(project.repo) == before
    assert not (project.repo.git_dir / "info/attributes").exists()


def attribute(repo: Repo, name: str) -> str:
    return repo.git("check-attr", "diff", "--", name).rpartition(": ")[2]


def test_files_that_have_the_driver(project: Project) -> None:
    assert {name: attribute(project.repo, name) for name in PATTERNS.values()} == dict.fromkeys(
        PATTERNS.values(), "envgit"
    )
    for name in ("envs/environment-gpu.yml", "sub/pixi.lock", "pylock.dev.toml", "conda-osx-arm64.lock"):
        assert attribute(project.repo, name) == "envgit"
    for name in ("requirements.txt", "poetry.lock", "docker-compose.yml", "observation.json"):
        assert attribute(project.repo, name) == "unspecified"


def test_what_the_user_or_the_project_says_of_a_file_counts(project: Project) -> None:
    project.repo.write({".gitattributes": "pixi.lock merge=binary -diff\n"})
    attributes = project.repo.git_dir / "info/attributes"
    attributes.write_text(attributes.read_text() + "environment.yml diff=mine\nenvs/*.toml diff=mine\n")
    for _ in range(2):  # the second time our own lines are there
        init(project.workspace(), prefix=str(project.prefix), hook_files=True)
        assert attribute(project.repo, "pixi.lock") == "unset"
        assert attribute(project.repo, "environment.yml") == "mine"
        assert attribute(project.repo, "envs/pylock.toml") == "mine"
        assert attribute(project.repo, "pylock.toml") == "envgit"
    (project.repo.path / ".gitattributes").unlink()
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert attribute(project.repo, "pixi.lock") == "envgit"


def test_a_driver_of_that_name_which_is_not_ours_stays(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    project.repo.git("config", "--global", "diff.envgit.textconv", "sort")
    before = project.repo.git("config", "--local", "--list")
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert project.repo.git("config", "diff.envgit.textconv") == "sort"
    uninstall(project.workspace().repository)
    after = project.repo.git("config", "--local", "--list")
    assert "diff.envgit" not in before + after


def test_a_driver_that_was_added_to_ours_stays(project: Project) -> None:
    project.repo.git("config", "--add", "diff.envgit.textconv", "sort")
    uninstall(project.workspace().repository)
    assert project.repo.git("config", "--get-all", "diff.envgit.textconv") == "sort"


def test_linked_work_trees_share_the_driver(repo: Repo, project: Project) -> None:
    repo.git("worktree", "add", "--quiet", "../linked", env={"ENVGIT": "0"})
    linked = Repo(path=repo.path.parent / "linked")
    linked.write({"environment.yml": AFTER})
    assert hunks(linked.git("diff", env=PAGER)) == DRIFT
    uninstall(project.workspace().repository)
    assert linked.git("diff", env=PAGER) == as_text(linked, "diff")


def test_recording_goes_on_where_the_attributes_cannot_be_written(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    shutil.rmtree(project.repo.git_dir / "info")
    (project.repo.git_dir / "info").write_text("in the way")
    done = init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    (warning,) = [one for one in done.warnings if "git diff" in one]
    assert warning.startswith("git diff will show environment files as plain text: ")
    assert "cannot be written" in warning
    assert done.recorded is not None


def test_manual_init_sets_nothing_and_what_it_prints_works(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    done = init(project.workspace(), prefix=str(project.prefix), manual=True)
    attributes = project.repo.git_dir / "info/attributes"
    assert not attributes.exists()
    assert project.repo.run("config", "diff.envgit.textconv").returncode == 1
    _, _, lines = done.snippet.partition(f"# in {attributes}\n")
    named, _, command = lines.partition("# once\n")
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text(named)
    subprocess.run(["sh", "-c", command], cwd=project.repo.path, check=True)
    project.repo.commit(files={"environment.yml": BEFORE}, env={"ENVGIT": "0"})
    project.repo.write({"environment.yml": AFTER})
    assert project.repo.git("diff", env={**PAGER, **without_envgit()}) == as_text(project.repo, "diff")
    path = with_envgit_on_path(tmp_path / "bin")
    assert hunks(project.repo.git("diff", env={**PAGER, **path})) == DRIFT
    assert project.repo.git("diff", env=path) == as_text(project.repo, "diff")
    uninstall(project.workspace().repository)
    assert attributes.read_text() == named


# --- what the doctor says ---


def said(project: Project) -> list[tuple[str, str, str]]:
    return [
        (finding.severity, finding.message, finding.command)
        for finding in examine(project.workspace())
        if finding.area == "diff"
    ]


AS_TEXT = "git diff shows environment files as text"


def test_doctor_finds_a_driver_that_is_well_half_there_or_dead(project: Project) -> None:
    attributes = project.repo.git_dir / "info/attributes"
    lines, command = attributes.read_text(), project.repo.git("config", "diff.envgit.textconv")
    assert said(project) == [("well", "drift is shown in place of text: pager", "")]
    attributes.write_text("")
    half = "the driver is there by half"
    assert said(project) == [("warning", f"{half} (no file is assigned to it): {AS_TEXT}", "envgit init")]
    attributes.write_text(lines)
    project.repo.git("config", "--unset", "diff.envgit.textconv")
    assert said(project) == [
        ("warning", f"{half} (Git's configuration has no such driver): {AS_TEXT}", "envgit init")
    ]
    project.repo.git(
        "config", "diff.envgit.textconv", command.replace("envgit_python=", "envgit_python=/gone")
    )
    severity, message, remedy = said(project)[0]
    assert (severity, remedy) == ("warning", "envgit init")
    assert message.endswith("is gone, with which envgit was to be started")
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert said(project) == [("well", "drift is shown in place of text: pager", "")]


def test_doctor_notes_what_is_left_to_other_attributes(project: Project) -> None:
    project.repo.write({".gitattributes": "pixi.lock -diff\n"})
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert said(project)[0] == (
        "note",
        "left as the project's or your own attributes have it: pixi.lock",
        "",
    )


def test_doctor_is_content_without_a_driver_or_with_the_users_own(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    assert said(project) == [("well", AS_TEXT, "")]
    project.repo.git("config", "diff.envgit.textconv", "sort")
    assert said(project) == [("well", "a driver called envgit that is not envgit's own", "")]


def test_uninstall_command_names_all_that_it_took_out(project: Project) -> None:
    folder = project.repo.git_dir
    ran = run_cli("uninstall", cwd=project.repo.path)
    removed = ran.stderr.replace(str(folder), "GIT")
    assert removed == (
        "Removed what envgit installed from GIT/hooks and GIT/config and GIT/info/attributes; "
        "every snapshot is still on its branch envgit/…\n"
    )
