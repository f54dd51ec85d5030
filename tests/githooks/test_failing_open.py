"""Whatever goes wrong in envgit, the commit succeeds and one line says what was not done."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.store.contents import read_snapshot
from tests.builders import make_prefix

if TYPE_CHECKING:
    from tests.githooks.project import Project


def only_line(said: str) -> str:
    """The one line that was said."""
    (line,) = said.splitlines()
    return line


def test_commit_succeeds_when_the_interpreter_is_gone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_with(project.prefix.with_name("bin"), "git"))
    move_interpreter(project, "/gone/bin/python")
    assert only_line(project.commit()) == (
        "envgit: /gone/bin/python is gone, the environment was not recorded; run: envgit init"
    )


def test_envgit_on_the_path_stands_in_for_an_interpreter_that_is_gone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_ = project.prefix.with_name("bin")
    monkeypatch.setenv("PATH", path_with(bin_, "git"))
    (bin_ / "envgit").write_text('#!/bin/sh\necho "$@" > ../arguments\n')
    (bin_ / "envgit").chmod(0o755)
    move_interpreter(project, "/gone/bin/python")
    assert project.commit() == ""
    assert project.prefix.with_name("arguments").read_text() == "hook post-commit\n"


def path_with(folder: Path, *programs: str) -> str:
    """A PATH that holds these programs alone."""
    folder.mkdir()
    for program in programs:
        found = shutil.which(program)
        assert found is not None
        (folder / program).symlink_to(found)
    return str(folder)


def move_interpreter(project: Project, path: str) -> None:
    hook = project.hooks / "post-commit"
    hook.write_text(re.sub(r"(?m)^envgit_python=.*$", f"envgit_python={path}", hook.read_text()))


def test_commit_succeeds_when_the_interpreter_fails(project: Project) -> None:
    move_interpreter(project, "/bin/false")
    assert project.commit() == ""


def test_commit_succeeds_when_envgit_itself_is_gone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_with(project.prefix.with_name("bin"), "git"))
    hook = project.hooks / "post-commit"
    hook.write_text(re.sub(r"(?m)^envgit_entry=.*$", "envgit_entry=/gone/entry.py", hook.read_text()))
    assert "is gone, the environment was not recorded; run: envgit init" in only_line(project.commit())


RECORDED_LATER = "; Git goes on, what there is to record waits for the next commit"
NOT_RECORDED = "; Git goes on, the environment was not recorded"


def test_prefix_that_is_gone_is_named(project: Project) -> None:
    shutil.rmtree(project.prefix)
    assert only_line(project.commit()) == (
        f"envgit: post-commit: {project.prefix} does not exist (Give the folder of a conda environment or of "
        f"a venv: envgit init --prefix PREFIX.){NOT_RECORDED}"
    )


@pytest.mark.parametrize("kind", ["conda", "venv"])
def test_prefix_that_is_half_deleted_is_named(project: Project, kind: str) -> None:
    shutil.rmtree(project.prefix)
    if kind == "conda":
        (project.prefix / "conda-meta").mkdir(parents=True)
    else:
        project.prefix.mkdir()
        (project.prefix / "pyvenv.cfg").touch()
    line = only_line(project.commit())
    assert line.startswith(f"envgit: post-commit: {project.prefix}")
    assert "deleted in part" in line
    assert line.endswith(NOT_RECORDED)
    assert project.sightings() == []


def test_corrupt_record_is_named_at_each_commit_and_the_rest_recorded(project: Project) -> None:
    (record,) = (project.prefix / "conda-meta").glob("zlib-*.json")
    record.write_text('{"name": "zl')
    first, second = only_line(project.commit()), only_line(project.commit())
    assert first.startswith("envgit: −zlib 1.3 (snapshot ") or "zlib" in first
    assert f"{record}: not a whole JSON document" in first
    assert second.startswith(f"envgit: {record}: not a whole JSON document")
    assert len(project.sightings()) == 2


def test_many_corrupt_records_are_one_line(project: Project) -> None:
    for name in "abcde":
        (project.prefix / f"conda-meta/{name}-1.0-0.json").write_text("{")
    assert only_line(project.commit()).endswith("; 4 more warnings: envgit snapshot")


def test_nothing_bound_is_said_with_the_way_out(project: Project) -> None:
    project.repo.git("config", "--unset", "envgit.default.prefix")
    assert only_line(project.commit()) == (
        "envgit: post-commit: no environment is bound to this repository, and none is active "
        f"(activate the environment, or bind one: envgit init --prefix <prefix>){NOT_RECORDED}"
    )


def test_ambiguous_binding_is_said_with_both(project: Project) -> None:
    other = make_prefix(project.prefix.with_name("other"))
    project.repo.git("config", "envgit.serve.prefix", str(other))
    line = only_line(project.commit())
    assert line.startswith("envgit: post-commit: several environments are bound and none of them is active: ")
    assert f"default ({project.prefix}), serve ({other})" in line
    assert project.sightings() == []


def test_setting_that_means_nothing_is_named_and_costs_no_record(project: Project) -> None:
    project.repo.git("config", "envgit.deadline", "soon")
    for _ in range(2):
        words = "envgit.deadline is 'soon' (git config envgit.deadline 5); the default is taken"
        assert only_line(project.commit()) == f"envgit: {words}"
    project.repo.git("config", "--unset", "envgit.deadline")
    assert project.sightings()[-1] == ("post-commit", project.repo.head)
    assert len(project.sightings()) == 2


def test_environment_that_no_checkout_has_proven_is_not_recorded(project: Project) -> None:
    """Also where it looks as the one that was recorded last."""
    project.commit()
    note = project.prefix / ".envgit-unproven"
    note.write_text("env.envgit-01234567")

    said = only_line(project.commit())

    assert f"{project.prefix} is not proven yet" in said
    assert "the environment was not recorded" in said
    message = project.repo.git("log", "-1", "--format=%B", "envgit/default")
    assert "Unobserved: it was being changed by a checkout that had not proven it" in message
    note.unlink()
    assert project.commit() == ""
    assert project.sightings()[-1] == ("post-commit", project.repo.head)


@pytest.mark.parametrize("deadline", ["0.0001", "0.002", "0.01", "0.03"])
def test_slow_capture_ends_at_its_deadline(project: Project, deadline: str) -> None:
    """Wherever the alarm goes off: while modules load, in the capture, or in Git."""
    make_prefix(project.prefix, conda={f"package{number}": "1.0" for number in range(200)})
    project.repo.git("config", "envgit.deadline", deadline)
    assert only_line(project.commit()) == (
        "envgit: post-commit: took too long and was given up "
        f"(git config envgit.deadline <seconds>){NOT_RECORDED}"
    )
    project.repo.git("config", "--unset", "envgit.deadline")
    project.commit()
    assert len(project.sightings()) == 1


def test_slow_git_ends_at_the_deadline(project: Project) -> None:
    """What envgit waits for is ended too."""
    bin_ = project.prefix.with_name("bin")
    bin_.mkdir()
    real = shutil.which("git")
    (bin_ / "git").write_text(
        f'#!/bin/sh\ncase "$*" in *update-ref*) exec sleep 60 ;; esac\nexec {real} "$@"\n'
    )
    (bin_ / "git").chmod(0o755)
    project.repo.git("config", "envgit.deadline", "1")
    started = time.monotonic()
    line = only_line(
        project.commit(
            env={"PATH": f"{bin_}:{os.environ['PATH']}", "GIT_EXEC_PATH": str(exec_path(project, bin_))}
        )
    )
    assert time.monotonic() - started < 10
    assert "took too long and was given up" in line


def test_ctrl_c_ends_in_one_line_and_the_commit_is_accounted_for(project: Project) -> None:
    bin_ = project.prefix.with_name("bin")
    bin_.mkdir()
    waits = bin_ / "waits"
    (bin_ / "git").write_text(
        "#!/bin/sh\n"
        f'case "$*" in *" config "*) [ -e {waits} ] || {{ touch {waits}; exec sleep 60; }} ;; esac\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    (bin_ / "git").chmod(0o755)
    project.repo.git("commit", "--quiet", "--allow-empty", "--message", "x", env={"ENVGIT": "0"})
    pinned = dict(re.findall(r"^(envgit_\w+)=(\S+)$", (project.hooks / "post-commit").read_text(), re.M))
    python, entry, path = (pinned[f"envgit_{name}"] for name in ("python", "entry", "path"))
    with subprocess.Popen(
        [python, "-I", "-S", entry, path, "post-commit"],
        cwd=project.repo.path,
        env={**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        text=True,
    ) as hook:
        while not waits.exists():
            time.sleep(0.01)
        hook.send_signal(signal.SIGINT)
        _, said = hook.communicate()
    assert hook.returncode == 0
    assert only_line(said) == f"envgit: post-commit: interrupted{NOT_RECORDED}"
    assert "Unobserved: reading it was interrupted" in project.repo.git(
        "log", "-1", "--format=%B", "envgit/default"
    )


def exec_path(project: Project, bin_: Path) -> Path:
    """Git puts its own folder first on a hook's PATH: one in which our Git comes first."""
    folder = bin_.with_name("exec-path")
    folder.mkdir()
    for program in Path(project.repo.git("--exec-path")).iterdir():
        (folder / program.name).symlink_to(program)
    (folder / "git").unlink(missing_ok=True)
    (folder / "git").symlink_to(bin_ / "git")
    return folder


def test_objects_that_cannot_be_written_are_told_in_gits_words(project: Project) -> None:
    """The commit itself got through; before our turn comes, files stand where object folders should."""
    spoil = '#!/bin/sh\ncd "$(git rev-parse --git-path objects)"\n'
    spoil += "for a in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do for b in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do\n"
    spoil += "[ -d $a$b ] && mv $a$b ../kept-$a$b; : > $a$b; done; done\n"
    project.add_hook("post-commit.before-envgit", spoil)
    line = only_line(project.commit())
    assert line.startswith("envgit: post-commit: git ")
    assert line.endswith(RECORDED_LATER)


def test_state_folder_that_cannot_be_written_is_one_line(project: Project) -> None:
    shutil.rmtree(project.repo.git_dir / "envgit")
    (project.repo.git_dir / "envgit").touch()
    line = only_line(project.commit())
    assert re.match(rf"envgit: post-commit: {project.repo.git_dir}/envgit\S* cannot be written: ", line)
    assert f"{NOT_RECORDED}; {project.repo.git_dir}/envgit/hook.log cannot be written (" in line


def test_stale_lock_is_told_within_the_deadline(project: Project) -> None:
    (project.repo.git_dir / "refs/heads/envgit/default.lock").touch()
    line = only_line(project.commit())
    assert "refs/heads/envgit/default.lock': File exists." in line
    assert line.endswith(RECORDED_LATER)


def test_hook_that_is_killed_leaves_refs_as_they_were_or_as_they_should_be(project: Project) -> None:
    pinned = dict(re.findall(r"^(envgit_\w+)=(\S+)$", (project.hooks / "post-commit").read_text(), re.M))
    python, entry, path = (pinned[f"envgit_{name}"] for name in ("python", "entry", "path"))
    for milliseconds in range(0, 120, 10):
        project.upgrade(f"2.{milliseconds}")
        command = f"exec {python} -I -S {entry} {path} post-commit"
        with subprocess.Popen(
            ["sh", "-c", command], cwd=project.repo.path, stderr=subprocess.DEVNULL
        ) as hook:
            time.sleep(milliseconds / 1000)
            hook.kill()
    time.sleep(0.2)  # the Git that a killed hook had started ends by itself
    project.repo.git("fsck", "--strict")
    project.upgrade("3.0")
    only_line(project.commit())
    assert project.sightings()[-1] == ("post-commit", project.repo.head)
    for observation in project.observations():
        assert read_snapshot(project.workspace().git, observation).id == observation.snapshot


def test_branch_called_envgit_is_told_with_the_way_out(project: Project) -> None:
    project.repo.git("branch", "-D", "envgit/default")
    project.repo.git("branch", "envgit")
    assert only_line(project.commit()) == (
        "envgit: post-commit: branch envgit is in the way of branch envgit/default "
        f"(git branch -m envgit <another name>){RECORDED_LATER}"
    )


def test_damaged_memory_is_no_trouble(project: Project) -> None:
    for text in ("", "{", "[]", '{"mark": 1}', "null", "\0"):
        for file in project.repo.git_dir.glob("envgit/prefixes/*/last.json"):
            file.write_text(text)
        assert project.commit() == ""
    assert len(project.sightings()) == 6


def test_damaged_tip_is_no_trouble(project: Project) -> None:
    git = project.workspace().git
    blob = git.line("hash-object", "-w", "--stdin", stdin=b"{")
    tree = git.line("mktree", stdin=f"100644 blob {blob}\tsnapshot.json\n".encode())
    git.run("update-ref", "refs/heads/envgit/default", git.line("commit-tree", tree, stdin=b"damaged"))
    assert "2 conda and 1 pip packages, Python 3.11.7" in only_line(project.commit())
    assert project.commit() == ""


def damage(project: Project, module: str, text: str) -> Path:
    """Let the hook run a copy of envgit with one module replaced; returns the copy."""
    import envgit

    copy = project.prefix.with_name("copy") / "envgit"
    own = Path(envgit.__file__).parent
    shutil.copytree(own, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / module).write_text(text)
    for hook in project.hooks.iterdir():
        hook.write_text(hook.read_text().replace(str(own.parent), str(copy.parent)))
    return copy


def test_defect_of_ours_is_one_line_and_a_trace_in_the_log(project: Project) -> None:
    damage(project, "githooks/events.py", "1 / 0\n")
    assert only_line(project.commit()) == (
        f"envgit: post-commit: ZeroDivisionError: division by zero{NOT_RECORDED}"
    )
    log = (project.repo.git_dir / "envgit/hook.log").read_text()
    assert "Traceback (most recent call last):" in log


@pytest.mark.parametrize("text", ["1 +", "import no_such_module\n", "raise Exception('in\\ntwo lines')\n"])
def test_envgit_that_was_removed_in_part_is_one_line(project: Project, text: str) -> None:
    damage(project, "operations/unchanged.py", text)
    line = only_line(project.commit())
    assert line.startswith("envgit: cannot start (")
    assert line.endswith("), nothing was done; run: envgit init")


def test_failures_are_kept_in_a_log_that_does_not_grow_without_end(project: Project) -> None:
    log = project.repo.git_dir / "envgit/hook.log"
    shutil.rmtree(project.prefix)
    project.commit()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S+ post-commit: .* does not exist .*\n", log.read_text()
    )
    log.write_text("x" * 300_000)
    project.commit()
    assert log.stat().st_size < 1000
    assert log.with_name("hook.log.1").stat().st_size == 300_000


def test_every_event_fails_open_and_says_what_was_not_done(project: Project, tmp_path: Path) -> None:
    project.repo.git("config", "envgit.gate", "drift")
    project.repo.git("commit", "--quiet", "--allow-empty", "--message", "x", env={"ENVGIT": "0"})
    project.repo.git("config", "envgit.push", "true")
    damage(project, "githooks/events.py", "1 / 0\n")
    said = {}
    for event, arguments in {
        "pre-commit": [],
        "post-commit": [],
        "post-merge": ["0"],
        "post-applypatch": [],
        "post-rewrite": ["amend"],
        "post-checkout": ["1" * 40, "2" * 40, "1"],
        "pre-push": ["origin", "url"],
    }.items():
        alias = f"alias.try=!{project.hooks / event}"
        ran = project.repo.run("-c", alias, "try", *arguments, stdin="")
        assert ran.returncode == 0
        said[event] = only_line(ran.stderr).partition("; Git goes on, ")[2]
    assert said == {
        "pre-commit": "the environment was not compared",
        "post-commit": "the environment was not recorded",
        "post-merge": "the environment was not recorded",
        "post-applypatch": "the environment was not recorded",
        "post-rewrite": "the rewritten commits were not linked",
        "post-checkout": "the environment was not compared",
        "pre-push": "the snapshots were not pushed",
    }


def test_words_from_outside_cannot_command_the_terminal(project: Project) -> None:
    """Names of files and packages may hold escapes and newlines; the line shows them."""
    evil = project.prefix.with_name("env\x1b[2J\nenvgit: all is well")
    project.repo.git("config", "envgit.default.prefix", str(evil))
    line = only_line(project.commit())
    assert "env\\x1b[2J\\nenvgit: all is well does not exist" in line


def test_summary_of_a_hostile_package_is_one_line(project: Project) -> None:
    (record,) = (project.prefix / "conda-meta").glob("zlib-*.json")
    content = json.loads(record.read_text())
    content |= {"version": "1.4\n\x1b[31mCode-Commit: 0", "name": "zlib"}
    record.write_text(json.dumps(content))
    line = only_line(project.commit())
    assert "\x1b" not in line
    assert project.sightings() == [("post-commit", project.repo.head)]
