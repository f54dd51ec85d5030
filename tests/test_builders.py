"""The builders build what they say: every other test stands on them."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import subprocess
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.builders import (
    CondaSpec,
    GitFailed,
    PypiSpec,
    clobber_with_pip,
    make_editable,
    make_egg_info,
    make_orphan,
    make_prefix,
    make_repo,
    site_packages,
)


def record_of(prefix: Path, name: str) -> dict[str, object]:
    (file,) = (prefix / "conda-meta").glob(f"{name}-*.json")
    record = json.loads(file.read_text())
    assert isinstance(record, dict)
    return record


def installed(prefix: Path) -> dict[str, str]:
    return {d.name: d.version for d in distributions(path=[str(site_packages(prefix))])}


class TestTheSealedEnvironment:
    def test_each_test_has_a_home_of_its_own(self, sealed_environment: Path) -> None:
        assert Path.home() == sealed_environment
        assert [f.name for f in sealed_environment.iterdir()] == [".gitconfig"]

    @pytest.mark.parametrize("name", ["CONDA_PREFIX", "VIRTUAL_ENV", "PYTHONPATH", "ENVGIT", "GIT_DIR"])
    def test_nothing_of_the_shell_that_started_the_tests_is_seen(self, name: str) -> None:
        assert name not in os.environ

    def test_git_reads_the_sealed_configuration_only(self, tmp_path: Path) -> None:
        origins = subprocess.run(
            ["git", "config", "--list", "--show-scope"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert {line.split("\t")[0] for line in origins.stdout.splitlines()} == {"global"}


class TestMakeRepo:
    def test_a_repository_has_a_first_commit_by_the_sealed_author(self, tmp_path: Path) -> None:
        repo = make_repo(tmp_path / "code", files={"src/a.py": "a = 1\n"})
        assert repo.git("log", "--format=%an %s") == "Ada Lovelace First commit"
        assert repo.git("ls-files") == "src/a.py"
        assert repo.refs() == {"refs/heads/main": repo.head}

    def test_commit_returns_the_new_commit(self, tmp_path: Path) -> None:
        repo = make_repo(tmp_path)
        first = repo.head
        assert repo.commit("Second", files={"b.py": ""}) == repo.head != first

    def test_failing_git_raises_with_its_stderr(self, tmp_path: Path) -> None:
        with pytest.raises(GitFailed, match="not-a-command") as failed:
            make_repo(tmp_path).git("not-a-command")
        assert failed.value.code == 1

    def test_a_bare_repository_has_no_commit(self, tmp_path: Path) -> None:
        repo = make_repo(tmp_path / "bare.git", bare=True)
        assert repo.git("rev-parse", "--is-bare-repository") == "true"
        assert repo.refs() == {}


class TestMakePrefix:
    def test_records_hold_what_conda_writes(self, tmp_path: Path) -> None:
        prefix = make_prefix(tmp_path, conda={"zlib": "1.3"}, python=None)
        record = record_of(prefix, "zlib")
        assert record["url"] == f"https://conda.anaconda.org/conda-forge/linux-64/{record['fn']}"
        assert record["channel"] == "https://conda.anaconda.org/conda-forge/linux-64"
        assert len(str(record["sha256"])) == 64
        assert record["requested_spec"] == "None"
        assert (
            f"+conda-forge/linux-64::zlib-1.3-{record['build']}"
            in (prefix / "conda-meta/history").read_text()
        )

    def test_a_conda_package_lists_the_files_of_its_distribution(self, tmp_path: Path) -> None:
        six = CondaSpec(version="1.16.0", noarch="python", dists={"six": "1.16.0"}, requested=("six",))
        prefix = make_prefix(tmp_path, conda={"six": six})
        record = record_of(prefix, "six")
        site = "lib/python3.11/site-packages"
        assert f"{site}/six-1.16.0.dist-info/RECORD" in str(record["files"])
        assert (prefix / site / "six-1.16.0.dist-info/INSTALLER").read_text() == "conda\n"
        paths = record["paths_data"]["paths"]  # type: ignore[index]
        assert {p["_path"] for p in paths} == set(record["files"])  # type: ignore[call-overload]
        for path in paths:
            assert hashlib.sha256((prefix / path["_path"]).read_bytes()).hexdigest() == path["sha256"]

    def test_unmapped_paths_begin_at_site_packages(self, tmp_path: Path) -> None:
        six = CondaSpec(version="1.16.0", noarch="python", dists={"six": "1.16.0"}, mapped=False)
        paths = record_of(make_prefix(tmp_path, conda={"six": six}), "six")["paths_data"]["paths"]  # type: ignore[index]
        assert {p["_path"].split("/")[0] for p in paths} == {"site-packages"}

    def test_state_pins_and_extra_fields_are_written(self, tmp_path: Path) -> None:
        zlib = CondaSpec(version="1.3", extra={"channel": "defaults", "sha256": None})
        prefix = make_prefix(
            tmp_path, conda={"zlib": zlib}, state={"A": "1"}, pinned=["zlib 1.3"], history=""
        )
        assert json.loads((prefix / "conda-meta/state").read_text()) == {"env_vars": {"A": "1"}}
        assert (prefix / "conda-meta/pinned").read_text() == "zlib 1.3\n"
        assert (prefix / "conda-meta/history").read_text() == ""
        record = record_of(prefix, "zlib")
        assert record["channel"] == "defaults"
        assert "sha256" not in record

    def test_record_has_the_right_hash_of_every_file(self, tmp_path: Path) -> None:
        spec = PypiSpec(version="8.1.7", scripts={"click": "click:main"}, requires=("colorama",))
        prefix = make_prefix(tmp_path, pypi={"click": spec})
        site = site_packages(prefix)
        rows = list(csv.reader((site / "click-8.1.7.dist-info/RECORD").read_text().splitlines()))
        assert [row[0] for row in rows if "dist-info" not in row[0]] == ["../../../bin/click", "click.py"]
        for path, digest, size in rows:
            content = (site / path).read_bytes()
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            if not path.endswith("RECORD"):
                assert (digest, size) == (f"sha256={expected}", str(len(content)))

    def test_the_standard_library_reads_the_distributions(self, tmp_path: Path) -> None:
        prefix = make_prefix(tmp_path / "env", pypi={"six": "1.16.0"})
        make_egg_info(prefix, "old", "0.1")
        make_egg_info(prefix, "older", "0.2", as_file=True)
        make_editable(prefix, "mine", "0.3", tmp_path)
        make_orphan(prefix, "lost", "0.4")
        assert installed(prefix) == {
            "six": "1.16.0",
            "old": "0.1",
            "older": "0.2",
            "mine": "0.3",
            "lost": "0.4",
        }

    def test_clobbering_leaves_the_record_of_conda_and_the_files_of_pip(self, tmp_path: Path) -> None:
        six = CondaSpec(version="1.16.0", noarch="python", dists={"six": "1.16.0"})
        prefix = make_prefix(tmp_path, conda={"six": six})
        clobber_with_pip(prefix, "six", "1.17.0")
        assert record_of(prefix, "six")["version"] == "1.16.0"
        assert installed(prefix) == {"six": "1.17.0"}
