"""Every verb once, as a user runs it, with its whole output."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.builders import conda_install, make_prefix, make_repo, make_venv, pip_install, run_cli

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo
    from tests.channel import Channel


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_prefix(tmp_path / "env", conda={"zlib": "1.3"}, pypi={"six": "1.16.0"})


def said(text: str, tmp_path: Path) -> str:
    """An output with what differs between runs replaced: ids, times, the temporary folder.

    The tests may run in an environment that lies in a temporary folder itself, of which `init` warns.
    """
    text = re.sub(r"(?m)^warning: the hooks run .* is not kept; .*\n", "", text)
    text = text.replace(str(tmp_path), "TMP")
    text = re.sub(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b", "DAY TIME", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d\b", "DAY", text)
    text = re.sub(r"\b\d+\.\d s\b", "N s", text)
    return re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b", lambda found: "x" * min(len(found[0]), 12), text)


def expected(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def test_init_binds_installs_and_records(repo: Repo, prefix: Path, tmp_path: Path) -> None:
    ran = run_cli("init", "--prefix", prefix, cwd=repo.path)

    assert (ran.code, ran.stdout) == (0, "")
    assert said(ran.stderr, tmp_path) == expected(
        """
        Bound environment default to TMP/env
        Installed hooks in TMP/repo/.git/hooks; commits are recorded from now on
        Snapshot xxxxxxxxxxxx: 2 conda and 1 pip packages, Python 3.11.7
        """
    )


def test_init_is_quiet_when_it_is_asked_to_be(repo: Repo, prefix: Path) -> None:
    ran = run_cli("init", "--quiet", "--prefix", prefix, cwd=repo.path)
    assert (ran.code, ran.stdout) == (0, "")
    # Where the interpreter of the tests lies in a folder that is not kept, that is said all the same.
    assert [line for line in ran.stderr.splitlines() if not line.startswith("warning: ")] == []
    assert run_cli("log", cwd=repo.path).stdout


def test_manual_init_prints_what_to_paste(repo: Repo, prefix: Path) -> None:
    ran = run_cli("init", "--prefix", prefix, "--manual", "--no-snapshot", cwd=repo.path)

    assert ran.code == 0
    assert 'envgit hook post-commit "$@" || :' in ran.stdout
    assert not (repo.git_dir / "hooks" / "post-commit").exists()
    assert repo.git("branch", "--list", "envgit/*") == ""


def test_uninstall_keeps_the_snapshots(repo: Repo, prefix: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)

    assert run_cli("uninstall", cwd=repo.path).code == 0

    assert not (repo.git_dir / "hooks" / "post-commit").exists()
    assert "envgit/default" in repo.git("branch", "--list", "envgit/*")


def test_snapshot_says_what_it_recorded(repo: Repo, prefix: Path, tmp_path: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    make_prefix(prefix, conda={"zlib": "1.3", "xz": "5.4"}, pypi={"six": "1.16.0"})

    ran = run_cli("snapshot", "-m", "before the long run", cwd=repo.path)

    assert (ran.code, ran.stdout) == (0, "")
    assert said(ran.stderr, tmp_path) == expected(
        """
        Snapshot xxxxxxxxxxxx of default: +xz 5.4
        Tagged env/auto/DAY-xxxxxxxx
        """
    )
    assert "before the long run" in repo.git("log", "-1", "--format=%B", "envgit/default")


def test_snapshot_json_has_its_contract_s_keys(repo: Repo, prefix: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)

    ran = run_cli("snapshot", "--tag", "paper-v1", "--json", cwd=repo.path)

    assert (ran.code, ran.stderr) == (0, "")
    recorded = json.loads(ran.stdout)
    assert recorded["tag"] == "paper-v1"
    assert recorded["changed"] is False
    assert recorded["packages"] == {"conda": 2, "pypi": 1}
    assert recorded["warnings"] == []
    assert recorded["commit"] == repo.git("rev-parse", "env/paper-v1^{commit}").strip()
    assert re.fullmatch("[0-9a-f]{64}", recorded["snapshot"])


def test_tag_names_lists_and_deletes(repo: Repo, prefix: Path, tmp_path: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)

    made = run_cli("tag", "paper-v1", "-m", "as submitted", cwd=repo.path)
    listed = run_cli("tag", cwd=repo.path)
    again = run_cli("tag", "paper-v1", cwd=repo.path)
    deleted = run_cli("tag", "--delete", "paper-v1", cwd=repo.path)

    assert said(made.stderr, tmp_path) == "Baseline paper-v1 is snapshot xxxxxxxxxxxx\n"
    assert said(listed.stdout, tmp_path) == expected(
        """
        baseline  snapshot  seen              about
        paper-v1  xxxxxxxx  DAY TIME  as submitted
        """
    )
    assert (again.code, again.stderr) == (
        11,
        "Error: baseline paper-v1 exists\nHint: choose another name, or: envgit tag --delete paper-v1\n",
    )
    assert deleted.code == 0
    assert "paper-v1" not in run_cli("tag", "--list", cwd=repo.path).stdout


def test_log_folds_unchanged_commits(repo: Repo, prefix: Path, tmp_path: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    repo.git("commit", "--allow-empty", "-m", "two")
    repo.git("commit", "--allow-empty", "-m", "three")
    make_prefix(prefix, conda={"zlib": "1.3.1"}, pypi={"six": "1.16.0"})
    for record in (prefix / "conda-meta").glob("zlib-1.3-*.json"):
        record.unlink()
    repo.git("commit", "--allow-empty", "-m", "four")

    ran = run_cli("log", cwd=repo.path)

    assert (ran.code, ran.stderr) == (0, "")
    assert said(ran.stdout, tmp_path) == expected(
        """
        snapshot  seen              code     what changed
        xxxxxxxx  DAY TIME  xxxxxxx  zlib 1.3 → 1.3.1
        xxxxxxxx  DAY TIME  xxxxxxx  2 conda and 1 pip packages, Python 3.11.7
                                             2 later sightings, unchanged
        """
    )
    entries = json.loads(run_cli("log", "--json", cwd=repo.path).stdout)["snapshots"]
    assert [entry["repeated"] for entry in entries] == [0, 2]


def test_show_prints_the_files_of_a_snapshot_byte_for_byte(repo: Repo, prefix: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)

    shown = run_cli("show", "--file", "environment.yml", cwd=repo.path)

    assert shown.stdout.rstrip() == repo.git("show", "envgit/default:environment.yml")
    manifest = json.loads(run_cli("show", "--file", "manifest", cwd=repo.path).stdout)
    assert manifest == json.loads(run_cli("show", "HEAD", "--json", cwd=repo.path).stdout)["manifest"]
    assert "zlib" in run_cli("show", cwd=repo.path).stdout


def test_status_and_its_exit_code(repo: Repo, prefix: Path, tmp_path: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    clean = run_cli("status", "--exit-code", cwd=repo.path)
    make_prefix(prefix, conda={"zlib": "1.3", "xz": "5.4"}, pypi={"six": "1.16.0"})
    drifted = run_cli("status", "--exit-code", cwd=repo.path)

    assert (clean.code, drifted.code) == (0, 12)
    assert said(clean.stdout, tmp_path) == expected(
        """
        environment  default
        prefix       TMP/env
        recorded     HEAD (xxxxxxxxxxxx), seen DAY TIME
        live         the same

        The live environment is the recorded one.
        """
    )
    assert said(drifted.stdout, tmp_path) == expected(
        """
        environment  default
        prefix       TMP/env
        recorded     HEAD (xxxxxxxxxxxx), seen DAY TIME
        live         xxxxxxxxxxxx

           package  layer  before  after
        +  xz       conda          5.4    from conda-forge

        1 added

        To bring the recorded one back: envgit checkout xxxxxxxxxxxx --in-place
        To record the live one: envgit snapshot
        """
    )
    found = json.loads(run_cli("status", "--json", cwd=repo.path).stdout)
    assert found["clean"] is False
    assert [change["name"] for change in found["drift"]["changes"]] == ["xz"]


def test_diff_in_every_format(repo: Repo, prefix: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    run_cli("tag", "before", cwd=repo.path)
    make_prefix(prefix, conda={"zlib": "1.3", "xz": "5.4"}, pypi={"six": "1.16.0"})

    text = run_cli("diff", "before", cwd=repo.path)
    found = json.loads(run_cli("diff", "before", "--format", "json", cwd=repo.path).stdout)

    assert "+  xz" in text.stdout
    assert run_cli("diff", "before", "--exit-code", cwd=repo.path).code == 12
    assert run_cli("diff", "before", "before", "--exit-code", cwd=repo.path).code == 0
    assert found["from"]["label"] == "before"
    assert found["to"]["label"] == "live"
    assert found["summary"] == {"added": 1}
    assert found["changes"] == [
        {
            "layer": "conda",
            "name": "xz",
            "kind": "added",
            "before": None,
            "after": found["changes"][0]["after"],
            "requested": False,
            "detail": found["changes"][0]["detail"],
            "magnitude": None,
            "through": [],
        }
    ]
    assert found["changes"][0]["after"]["version"] == "5.4"
    assert "| xz |" in run_cli("diff", "before", "--format", "markdown", cwd=repo.path).stdout.replace(
        "`", ""
    )
    assert "<html" in run_cli("diff", "before", "--format", "html", cwd=repo.path).stdout
    assert "1 added" in run_cli("diff", "before", "--stat", cwd=repo.path).stdout


def test_a_file_of_a_colleague_can_be_compared(repo: Repo, prefix: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    repo.write({"theirs.yml": "dependencies:\n  - zlib=1.2.13\n  - pip:\n      - six==1.16.0\n"})

    ran = run_cli("diff", "theirs.yml", "HEAD", cwd=repo.path)

    assert ran.code == 0
    assert re.search(r"zlib\W+conda\s+1\.2\.13\s+1\.3", ran.stdout)
    assert "six" not in ran.stdout


@pytest.mark.slow
def test_checkout_verify_and_run(repo: Repo, tmp_path: Path) -> None:
    env = {"ENVGIT_CACHE": str(tmp_path / "cache")}
    prefix = make_venv(tmp_path / "env", packages=["six==1.16.0"])
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    run_cli("tag", "paper-v1", cwd=repo.path)
    pip_install(prefix, "six==1.17.0")

    planned = run_cli("checkout", "paper-v1", "-p", tmp_path / "back", "--dry-run", cwd=repo.path, env=env)
    assert not (tmp_path / "back").exists()
    restored = run_cli("checkout", "paper-v1", "-p", tmp_path / "back", cwd=repo.path, env=env)
    verified = run_cli("verify", "paper-v1", "-p", tmp_path / "back", "--files", cwd=repo.path)
    drifted = run_cli("verify", "paper-v1", cwd=repo.path)

    assert (planned.code, restored.code, verified.code, drifted.code) == (0, 0, 0, 13)
    assert said(planned.stdout, tmp_path).splitlines()[:2] == [
        "paper-v1 (xxxxxxxxxxxx) into TMP/back",
        "1 distribution: 1 to download by version alone, its file not being known (of unknown size)",
    ]
    assert re.search(r"six +1\.16\.0", planned.stdout)
    assert said(restored.stdout, tmp_path) == expected(
        """
        xxxxxxxxxxxx restored to TMP/back (N s)
        grade: exact (1 exact)
        """
    )
    assert restored.stderr.splitlines() == [
        "Installing 1 distribution",
        f"Use it: . {tmp_path}/back/bin/activate",
    ]
    assert "is the same as paper-v1" in verified.stdout
    assert re.search(r"six\W+pip\s+1\.16\.0\s+1\.17\.0", drifted.stdout)

    code = "import six, sys; print(six.__version__); sys.exit(7)"
    ran = run_cli("run", "paper-v1", "--", "python", "-c", code, cwd=repo.path, env=env)
    assert (ran.code, ran.stdout) == (7, "1.16.0\n")
    checked = json.loads(run_cli("checkout", "paper-v1", "--json", cwd=repo.path, env=env).stdout)
    assert (checked["grade"], checked["reused"]) == ("exact", True)
    assert checked["packages"] == [
        {"layer": "pypi", "name": "six", "grade": "exact", "source": "index", "reason": ""}
    ]


@pytest.mark.slow
def test_run_passes_signals_on_to_the_command(repo: Repo, tmp_path: Path) -> None:
    env = {"ENVGIT_CACHE": str(tmp_path / "cache")}
    run_cli("init", "--prefix", make_venv(tmp_path / "env"), cwd=repo.path)
    run_cli("checkout", "HEAD", cwd=repo.path, env=env)
    script = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(42));"
        "print('up', flush=True); signal.pause()"
    )
    command = [sys.executable, "-m", "envgit", "run", "HEAD", "--", "python", "-c", script]
    with subprocess.Popen(command, cwd=repo.path, env=os.environ | env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 42


def test_a_command_that_the_environment_lacks_ends_with_127(repo: Repo, tmp_path: Path) -> None:
    env = {"ENVGIT_CACHE": str(tmp_path / "cache")}
    run_cli("init", "--prefix", make_venv(tmp_path / "env"), cwd=repo.path)

    ran = run_cli("run", "HEAD", "--", "no-such-command", cwd=repo.path, env=env)

    assert ran.code == 127
    assert ran.stderr.startswith("Error: no-such-command: no such command in ")


def test_hook_records_like_a_launcher(repo: Repo, prefix: Path) -> None:
    run_cli("init", "--prefix", prefix, "--manual", cwd=repo.path)
    repo.git("commit", "--allow-empty", "-m", "two")

    ran = run_cli("hook", "post-commit", cwd=repo.path)

    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")
    assert repo.head in repo.git("log", "-1", "--format=%B", "envgit/default")


BAD_INPUT = [
    pytest.param(["tag", "--", "-x"], 2, "Error: invalid baseline name '-x'", id="option-like"),
    pytest.param(["tag", "../x"], 2, "Error: invalid baseline name '../x'", id="path-like"),
    pytest.param(["tag", "a..b"], 2, "Error: invalid baseline name 'a..b'", id="range-like"),
    pytest.param(["tag", ""], 2, "Error: invalid baseline name ''", id="empty"),
    pytest.param(["tag", "x" * 300], 2, f"Error: invalid baseline name '{'x' * 40}…'", id="long"),
    pytest.param(["tag", "päper"], 2, "Error: invalid baseline name 'päper'", id="unicode"),
    pytest.param(
        ["show", "nope"], 1, "Error: 'nope' is no baseline, no snapshot and no commit", id="unknown"
    ),
    pytest.param(["show", "--", "--help"], 2, "Error: invalid revision '--help'", id="option-rev"),
    pytest.param(["show", "./nope.yml"], 1, "Error: ./nope.yml: no such file", id="missing-file"),
    pytest.param(["show", "README"], 1, "Error: README: ", id="no-environment-file"),
    pytest.param(
        ["checkout", "HEAD", "-n", "../x"], 2, "Error: invalid environment name '../x'", id="env-name"
    ),
    pytest.param(["checkout", "HEAD", "-n", "a", "-p", "b"], 2, "Error: -n, -p and --in-place ", id="two"),
    pytest.param(["checkout", "HEAD", "-p", ""], 2, "Error: -p is empty", id="target-empty"),
    pytest.param(["checkout", "HEAD", "-p", "."], 11, "Error: ", id="target-not-empty"),
    pytest.param(["checkout", "HEAD", "-p", "README"], 11, "Error: ", id="target-is-file"),
    pytest.param(["snapshot", "--prefix", "."], 1, "Error: ", id="no-prefix"),
    pytest.param(["verify", "-p", "/nowhere"], 1, "Error: ", id="prefix-missing"),
    pytest.param(["init", "--prefix", "/nowhere"], 1, "Error: ", id="init-prefix-missing"),
    pytest.param(
        ["init", "--environment", "a/b"], 2, "Error: invalid environment name 'a/b'", id="name-slash"
    ),
    pytest.param(["frobnicate"], 2, "Error: No such command 'frobnicate'.", id="verb"),
    pytest.param(["log", "-n", "0"], 2, "Error: ", id="range"),
]


@pytest.mark.parametrize(("arguments", "code", "begins"), BAD_INPUT)
def test_bad_input_is_a_clear_error_that_changes_nothing(
    repo: Repo, prefix: Path, arguments: list[str], code: int, begins: str
) -> None:
    repo.write({"README": "words, words\n" * 3})
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    before = repo.refs(), (repo.git_dir / "config").read_bytes()

    ran = run_cli(*arguments, cwd=repo.path)

    assert (ran.code, ran.stdout) == (code, "")
    assert ran.stderr.startswith(begins)
    assert "Traceback" not in ran.stderr
    assert (repo.refs(), (repo.git_dir / "config").read_bytes()) == before


def test_outside_of_a_repository(tmp_path: Path) -> None:
    ran = run_cli("status", cwd=tmp_path)

    assert ran == (
        10,
        "",
        f"Error: no Git repository at {tmp_path} or above it\nHint: git init, then envgit init\n",
    )


def test_in_a_bare_repository(tmp_path: Path, prefix: Path) -> None:
    bare = make_repo(tmp_path / "bare.git", bare=True)

    ran = run_cli("init", "--prefix", prefix, cwd=bare.path)

    assert ran.code == 10
    assert "is a bare repository" in ran.stderr


def test_nothing_recorded_yet_and_nothing_bound(repo: Repo) -> None:
    assert run_cli("log", cwd=repo.path).code == 10
    ran = run_cli("snapshot", cwd=repo.path)

    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr == (
        "Error: no environment is bound to this repository, and none is active\n"
        "Hint: activate the environment, or bind one: envgit init --prefix <prefix>\n"
    )


def test_errors_are_json_where_json_was_asked_for(repo: Repo) -> None:
    ran = run_cli("show", "nope", "--json", cwd=repo.path)

    assert (ran.code, ran.stderr) == (10, "")
    assert json.loads(ran.stdout) == {
        "error": {
            "kind": "no-store",
            "message": "this repository holds no snapshots yet",
            "hint": "envgit init",
        }
    }


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ('{"format": 1, "id": "', 1, "not a whole JSON document"),
        ('{"format": 99}', 1, "manifest format 99 is newer than this envgit reads (up to 1)"),
        ("{}", 1, "expected a whole number at format, found nothing"),
    ],
    ids=["truncated", "newer", "foreign"],
)
def test_a_damaged_manifest_is_named(repo: Repo, prefix: Path, content: str, code: int, words: str) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    repo.write({"snapshot.json": content})
    blob = repo.git("hash-object", "-w", "snapshot.json").strip()
    listing = f"100644 blob {blob}\tsnapshot.json\n"
    mktree = subprocess.run(
        ["git", "mktree"], input=listing, text=True, cwd=repo.path, capture_output=True, check=True
    )
    tree = mktree.stdout.strip()
    message = repo.git("log", "-1", "--format=%B", "envgit/default")
    commit = repo.git("commit-tree", tree, "-p", "envgit/default", "-m", message).strip()
    repo.git("update-ref", "refs/heads/envgit/default", commit)
    (repo.path / "snapshot.json").unlink()

    ran = run_cli("show", "envgit/default", cwd=repo.path)

    assert ran.code == code
    assert ran.stderr.startswith(f"Error: {tree[:12]}:snapshot.json: {words}")


def test_output_into_a_closed_pipe_ends_quietly(repo: Repo, prefix: Path) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    command = f"'{sys.executable}' -m envgit show --file manifest | true"

    ran = subprocess.run(["sh", "-c", command], cwd=repo.path, capture_output=True, text=True, check=False)

    assert ran.stderr == ""


@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        (
            ">/dev/full",
            1,
            "Error: the output cannot be written: No space left on device\n"
            "Hint: make room there, or write to another place\n",
        ),
    ],
)
def test_output_that_cannot_be_written_is_no_bug(
    repo: Repo, prefix: Path, redirection: str, code: int, words: str
) -> None:
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    command = f"'{sys.executable}' -m envgit log {redirection}"

    ran = subprocess.run(["sh", "-c", command], cwd=repo.path, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (code, words)


@pytest.mark.slow
def test_a_terminated_checkout_leaves_nothing_behind(repo: Repo, channel: Channel, tmp_path: Path) -> None:
    prefix = conda_install(channel, ["python"], tmp_path / "env")
    run_cli("init", "--prefix", prefix, cwd=repo.path)
    places = tmp_path / "places"
    command = [sys.executable, "-m", "envgit", "checkout", "HEAD", "-p", str(places / "back")]
    env = os.environ | {"ENVGIT_CACHE": str(tmp_path / "cache")}
    with subprocess.Popen(command, cwd=repo.path, env=env, stderr=subprocess.PIPE) as process:
        while not (places.is_dir() and any(path.is_dir() for path in places.iterdir())):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM

    assert list(places.iterdir()) == []


@pytest.mark.slow
def test_a_command_started_with_nohup_outlives_the_terminal(repo: Repo, tmp_path: Path) -> None:
    env = {"ENVGIT_CACHE": str(tmp_path / "cache")}
    run_cli("init", "--prefix", make_venv(tmp_path / "env"), cwd=repo.path)
    asks = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    command = [
        "sh",
        "-c",
        "trap '' HUP; exec \"$@\"",
        "sh",
        sys.executable,
        "-m",
        "envgit",
        "run",
        "HEAD",
        "--",
    ]

    ran = subprocess.run(
        [*command, "python", "-c", asks],
        cwd=repo.path,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "True\n"
