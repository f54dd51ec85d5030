"""Snippets restore a baseline and prove it, and no name breaks out of them."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from envgit.errors import EnvgitError
from envgit.formats.snippets.baseline import FETCH, Baseline
from envgit.formats.writing import Snippet, encode_snippet
from tests.builders import make_repo

if TYPE_CHECKING:
    from pathlib import Path

SNIPPETS: tuple[Snippet, ...] = ("dockerfile", "github-actions", "gitlab-ci")


def baseline(rev: str = "env/paper-v1", **facts: Any) -> Baseline:
    return Baseline(
        rev=rev,
        snapshot="a" * 64,
        **{"kind": "conda", "platform": "linux-64", "python": "3.11.7", **facts},
    )


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippet_restores_the_baseline_and_proves_it(snippet: Snippet) -> None:
    text = encode_snippet(baseline(), snippet)
    assert re.search(r"envgit checkout env/paper-v1 -p \"\S+\"\s", text)
    assert re.search(r"envgit verify env/paper-v1 -p \"\S+\" --files\s", text)


@pytest.mark.parametrize("snippet", ["github-actions", "gitlab-ci"])
def test_job_fetches_snapshots_and_baselines_before_it_needs_them(snippet: Snippet) -> None:
    text = encode_snippet(baseline(), snippet)
    assert text.index(FETCH) < text.index("envgit checkout")


@pytest.mark.parametrize(
    "name", ["a b", "a;reboot", "$(reboot)", "a\nb", "-p", "a'b", 'a"b', "a${{x}}", "é", ""]
)
def test_name_that_is_more_than_a_word_is_refused(name: str) -> None:
    with pytest.raises(EnvgitError, match="cannot be written into a snippet"):
        baseline(name)


@pytest.mark.parametrize("version", ["3.11", "3.11.7"])
def test_venv_is_made_of_its_own_version_of_python(version: str) -> None:
    assert f"FROM --platform=linux/amd64 python:{version}-slim" in encode_snippet(
        baseline(kind="venv", python=version), "dockerfile"
    )
    hostile = encode_snippet(baseline(kind="venv", python=f"{version}\nRUN reboot"), "dockerfile")
    assert "reboot" not in hostile


def test_workflow_is_yaml_whose_events_reach_the_shell_by_variables_alone() -> None:
    jobs = yaml.safe_load(encode_snippet(baseline(), "github-actions"))["jobs"]
    assert set(jobs) == {"restore", "drift"}
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert len(scripts) > 4
    for script in scripts:
        assert "${{" not in script
        subprocess.run(["sh", "-n", "-c", script], check=True)


def test_drift_of_a_pull_request_is_a_comment_and_fails_nothing_for_forks() -> None:
    drift = yaml.safe_load(encode_snippet(baseline(), "github-actions"))["jobs"]["drift"]
    assert drift["if"] == "github.event_name == 'pull_request'"
    compare, comment = drift["steps"][-2:]
    assert 'envgit diff --format markdown "$BASE...$HEAD"' in compare["run"]
    assert comment["if"] == "github.event.pull_request.head.repo.full_name == github.repository"


def test_jobs_of_gitlab_are_yaml_whose_lines_a_shell_reads() -> None:
    jobs = yaml.safe_load(encode_snippet(baseline(), "gitlab-ci"))
    assert set(jobs) == {".envgit", "environment", "drift"}
    lines = [
        line for job in jobs.values() for part in ("before_script", "script") for line in job.get(part, ())
    ]
    assert all(isinstance(line, str) for line in lines)
    subprocess.run(["sh", "-n", "-c", "\n".join(lines)], check=True)


def test_dockerfile_has_two_stages_and_keeps_neither_envgit_nor_history() -> None:
    text = encode_snippet(baseline(), "dockerfile")
    built, final = re.split(r"(?m)^FROM ", text)[1:]
    assert "COPY . ." in built
    assert re.findall(r"(?m)^COPY .*", final) == ["COPY --from=restored /opt/env /opt/env"]
    joined = text.replace("\\\n", " ")
    for script in re.findall(r"(?m)^RUN (?:--mount=\S+ +)?(.*)$", joined):
        subprocess.run(["sh", "-n", "-c", script], check=True)


def test_fetch_brings_what_a_shallow_clone_of_one_branch_has_not(tmp_path: Path) -> None:
    origin = make_repo(tmp_path / "origin")
    origin.commit("code", files={"a": "1"})
    origin.git("branch", "envgit/default")
    origin.git("tag", "-a", "env/paper-v1", "-m", "Paper")
    clone = tmp_path / "clone"
    origin.git(
        "clone", "--quiet", "--depth=1", "--no-tags", "--single-branch", origin.path.as_uri(), str(clone)
    )
    subprocess.run(["sh", "-eu", "-c", FETCH], cwd=clone, check=True, capture_output=True)
    refs = subprocess.run(
        ["git", "for-each-ref"], cwd=clone, check=True, capture_output=True, text=True
    ).stdout
    assert "refs/remotes/origin/envgit/default" in refs
    assert "refs/tags/env/paper-v1" in refs
