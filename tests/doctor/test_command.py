"""`envgit doctor` as a user runs it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.doctor import Finding
from envgit.githooks.events import EVENTS
from envgit.render.diagnosis import diagnosis_view
from envgit.render.screen import plain
from tests.builders import make_repo, run_cli
from tests.githooks.project import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.githooks.project import Project


def state_of(*folders: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of every file and folder."""
    found = {}
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            status = path.lstat()
            found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


@pytest.mark.usefixtures("default_settings")
def test_healthy_repository_is_a_line_for_each_area_and_exit_code_0(project: Project, tmp_path: Path) -> None:
    ran = run_cli("doctor", cwd=project.repo.path)
    assert (ran.code, ran.stderr) == (0, "")
    *lines, tools, blank, verdict = ran.stdout.replace(str(tmp_path), "TMP").splitlines()
    assert lines == [
        f"hooks     {len(EVENTS)} of {len(EVENTS)} installed in TMP/code/.git/hooks",
        "diff      drift is shown in place of text: pager",
        "binding   default is TMP/env",
        "store     1 sighting of 1 snapshot on 1 branch, 1 tag",
        "queue     nothing waits to be recorded",
        "settings  1 set",
        "project   no environment.yml of its own",
    ]
    assert tools.startswith("tools     Git ")
    assert (blank, verdict) == ("", "all is well")
    assert envgit.diagnose(path=project.repo.path) == ()


def test_findings_are_json_with_area_severity_message_and_command(project: Project) -> None:
    project.repo.git("config", "envgit.gates", "drift")
    ran = run_cli("doctor", "--json", cwd=project.repo.path)
    assert ran.code == 1
    assert json.loads(ran.stdout) == {
        "healthy": False,
        "findings": [
            {
                "area": "settings",
                "severity": "warning",
                "message": "envgit.gates is no setting of envgit; is envgit.gate meant?",
                "command": "git config --local --unset-all envgit.gates",
            }
        ],
    }


def test_notes_alone_leave_the_exit_code_at_0(project: Project, tmp_path: Path) -> None:
    remote = make_repo(tmp_path / "remote", bare=True)
    project.repo.git("remote", "add", "origin", str(remote.path))
    ran = run_cli("doctor", "--json", cwd=project.repo.path)
    assert ran.code == 0
    shown = json.loads(ran.stdout)
    assert (shown["healthy"], [f["severity"] for f in shown["findings"]]) == (True, ["note"])


def test_no_repository_is_said_with_the_exit_code_for_it(tmp_path: Path) -> None:
    ran = run_cli("doctor", cwd=tmp_path)
    assert (ran.code, ran.stdout) == (10, "")
    assert ran.stderr.startswith("Error: no Git repository at ")


def test_repository_without_envgit_is_told_to_init(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code", commit=False)
    ran = run_cli("doctor", "--json", cwd=repo.path)
    findings = json.loads(ran.stdout)["findings"]
    assert [(f["area"], f["command"]) for f in findings] == [
        ("hooks", "envgit init"),
        ("binding", "envgit init"),
        ("store", "envgit init"),
    ]


def test_doctor_changes_nothing(project: Project, tmp_path: Path) -> None:
    project.repo.write({"environment.yml": "name: x\ndependencies: [python]\n"})
    shutil.rmtree(project.repo.git_dir / "envgit")  # caches would come back
    before = state_of(tmp_path)
    assert run_cli("doctor", cwd=project.repo.path).code == 1
    assert state_of(tmp_path) == before


@pytest.mark.parametrize(
    "damaged", ["HEAD", "packed-refs", "objects", "refs", "envgit", "hooks", "hooks/post-commit", "logs"]
)
def test_whatever_is_damaged_in_the_git_folder_ends_in_findings_and_no_traceback(
    project: Project, damaged: str
) -> None:
    place = project.repo.git_dir / damaged
    if place.is_dir():
        shutil.rmtree(place)
    place.write_bytes(os.urandom(64))
    ran = run_cli("doctor", "--json", cwd=project.repo.path)
    assert ran.code in {0, 1, 10}, ran.stdout + ran.stderr
    assert ran.code == 10 or json.loads(ran.stdout)["healthy"] == (ran.code == 0)


def test_area_that_cannot_be_looked_at_is_a_finding_and_the_others_are_looked_at(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    hook = project.hooks / "post-commit"
    hook.unlink()
    hook.symlink_to(hook.name)
    (project.repo.path / "environment.yml").write_text("name: x\ndependencies:\n  - zlib\n")
    areas = {finding.area for finding in envgit.diagnose(path=project.repo.path)}
    assert areas == {"hooks", "project"}


def test_file_that_cannot_be_read_is_told_in_words(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: str) -> list[str]:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("envgit.doctor.queue.waiting", refuse)
    (finding,) = envgit.diagnose(path=project.repo.path)
    queue = project.workspace().repository.queue_dir
    assert finding.message == f"cannot be looked at: {queue} (Permission denied)"


def test_view_reads_at_80_columns_and_names_each_command() -> None:
    findings = [
        Finding(area="hooks", severity="well", message="7 of 7 installed in /code/.git/hooks"),
        Finding(
            area="store",
            severity="broken",
            message="/c/.git/packed-refs.lock was left behind 60 minutes ago: nothing else can write",
            command="rm /c/.git/packed-refs.lock",
        ),
        Finding(area="store", severity="well", message="1 sighting of 1 snapshot"),
        Finding(area="store", severity="note", message="an escape: \x1b[2J"),
    ]
    assert plain(diagnosis_view(findings)) == (
        "hooks     7 of 7 installed in /code/.git/hooks\n"
        "store     1 sighting of 1 snapshot\n"
        "  broken: /c/.git/packed-refs.lock was left behind 60 minutes ago: nothing else\n"
        "  can write\n"
        "    rm /c/.git/packed-refs.lock\n"
        "  note: an escape: \\x1b[2J\n"
        "\n"
        "1 broken, 1 note\n"
    )


@pytest.mark.parametrize("name", ["\x9b2J", "\u202e", "\udcff", "a\nb"])
def test_command_that_cannot_be_shown_as_it_is_is_not_shown(name: str) -> None:
    finding = Finding(area="store", severity="broken", message="x", command=f"git update-ref -d '{name}'")
    assert plain(diagnosis_view([finding])) == "store\n  broken: x\n\n1 broken\n"


@pytest.mark.parametrize("width", [40, 60, 80, 4000])
def test_command_that_is_folded_can_still_be_pasted(width: int) -> None:
    words = ["/long/path with/blanks", "/long/path with/blanks.spoilt", "it's", "a\\b", "-p", "/x"]
    command = shlex.join(["printf", "%s\\n", *words])
    finding = Finding(area="binding", severity="broken", message="x", command=command)
    shown = plain(diagnosis_view([finding]), width=width).partition("x\n")[2].partition("\n\n")[0]
    ran = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == words
    assert max(map(len, shown.splitlines())) <= width
    assert ("\\\n" in shown) == (width <= 80)
