"""The builders build what they say: every other test stands on them."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import subprocess
import time
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from importlib.metadata import distributions
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.builders import (
    CommandFailed,
    CondaSpec,
    GitFailed,
    PypiSpec,
    clobber_with_pip,
    conda_install,
    make_editable,
    make_egg_info,
    make_orphan,
    make_prefix,
    make_repo,
    make_venv,
    make_wheel,
    pip_install,
    run_python,
    site_packages,
)
from tests.server import Dropped, Server, Slow, Status, Truncated, WrongBytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.channel import Channel


def record_of(prefix: Path, name: str) -> dict[str, Any]:
    (file,) = (prefix / "conda-meta").glob(f"{name}-*.json")
    record = json.loads(file.read_text())
    assert isinstance(record, dict)
    return record


def paths_of(prefix: Path, name: str) -> list[dict[str, Any]]:
    paths = record_of(prefix, name)["paths_data"]["paths"]
    assert isinstance(paths, list)
    return paths


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
        paths = paths_of(prefix, "six")
        assert {p["_path"] for p in paths} == set(record["files"])
        for path in paths:
            assert hashlib.sha256((prefix / path["_path"]).read_bytes()).hexdigest() == path["sha256"]

    def test_unmapped_paths_begin_at_site_packages(self, tmp_path: Path) -> None:
        six = CondaSpec(version="1.16.0", noarch="python", dists={"six": "1.16.0"}, mapped=False)
        paths = paths_of(make_prefix(tmp_path, conda={"six": six}), "six")
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


class TestWheelsAndVenvs:
    @pytest.mark.parametrize("tool", ["uv", "venv"])
    def test_a_venv_runs_the_running_version_of_python(
        self, tmp_path: Path, tool: Literal["uv", "venv"]
    ) -> None:
        venv = make_venv(tmp_path / "venv", tool=tool)
        assert run_python(venv, "-c", "import platform; print(platform.python_version())") == python_version()
        assert run_python(venv, "-c", "import sys; print(sys.prefix)") == str(venv)

    def test_uv_installs_real_packages(self, tmp_path: Path) -> None:
        venv = make_venv(tmp_path / "venv", packages=["six==1.16.0", "idna==3.10"])
        assert installed(venv) == {"six": "1.16.0", "idna": "3.10"}

    def test_a_made_wheel_installs_and_runs(self, tmp_path: Path) -> None:
        wheel = make_wheel(
            tmp_path,
            "my-model",
            "0.1",
            files={"my_model.py": "def main(): print('trained')\n"},
            entry_points={"train": "my_model:main"},
            scripts={"plain": "#!python\nprint('plain')\n"},
        )
        venv = make_venv(tmp_path / "venv", packages=[str(wheel)])
        assert installed(venv) == {"my-model": "0.1"}
        assert subprocess.check_output([venv / "bin/train"], text=True) == "trained\n"
        assert subprocess.check_output([venv / "bin/plain"], text=True) == "plain\n"

    def test_the_same_arguments_make_the_same_wheel(self, tmp_path: Path) -> None:
        first, second = (make_wheel(tmp_path / place, "a", "1").read_bytes() for place in ("x", "y"))
        assert first == second

    def test_a_failing_install_says_what_uv_said(self, tmp_path: Path) -> None:
        with pytest.raises(CommandFailed, match=r"nowhere\.whl"):
            make_venv(tmp_path / "venv", packages=[str(tmp_path / "nowhere.whl")])


class TestTheChannel:
    def test_it_holds_two_versions_two_builds_and_both_artifact_formats(self, channel: Channel) -> None:
        found = {(r["name"], r["version"], r["build"]) for r in channel.records()}
        assert {v for n, v, _ in found if n == "psutil"} == {"6.1.1", "7.0.0"}
        assert {b for n, v, b in found if (n, v) == ("variant", "1.0")} == {"cpu_0", "cuda_1"}
        assert channel.record("six", "1.16.0")["fn"].endswith(".tar.bz2")
        assert channel.record("six", "1.17.0")["fn"].endswith(".conda")

    def test_a_record_tells_the_truth_about_its_artifact(self, channel: Channel) -> None:
        for record in channel.records():
            content = (channel.path / record["subdir"] / record["fn"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == record["sha256"]
            assert hashlib.md5(content).hexdigest() == record["md5"]
            assert len(content) == record["size"]

    def test_python_of_an_installed_prefix_runs_with_its_packages(
        self, channel: Channel, tmp_path: Path
    ) -> None:
        prefix = conda_install(channel, ["python", "six=1.16", "psutil=6", "tabulate"], tmp_path / "env")
        code = "import six, psutil, sys; print(six.__version__, psutil.__version__, sys.prefix)"
        assert run_python(prefix, "-c", code) == f"1.16.0 6.1.1 {prefix}"
        table = subprocess.run(
            [prefix / "bin/tabulate"], input="a b", capture_output=True, text=True, check=True
        )
        assert "a  b" in table.stdout

    def test_pip_installs_on_top_and_over_conda(self, channel: Channel, tmp_path: Path) -> None:
        prefix = conda_install(channel, ["python", "six=1.16"], tmp_path / "env")
        pip_install(prefix, "idna==3.10", "six==1.17.0")
        assert installed(prefix) == {"six": "1.17.0", "idna": "3.10"}
        assert record_of(prefix, "six")["version"] == "1.16.0"
        assert run_python(prefix, "-c", "import six, idna; print(six.__version__)") == "1.17.0"

    def test_both_placeholders_become_the_prefix(self, channel: Channel, tmp_path: Path) -> None:
        prefix = conda_install(channel, ["prefixed"], tmp_path / "env")
        script = subprocess.check_output([prefix / "bin/prefixed"], text=True)
        assert script == f"{prefix}/share/prefixed\n"
        binary = (prefix / "lib/libprefixed.bin").read_bytes()
        assert b"root=" + os.fsencode(prefix) + b"/share/prefixed\0" in binary
        assert b"feedstock_root" not in binary
        (size,) = (p["size_in_bytes"] for p in paths_of(prefix, "prefixed") if p["_path"].endswith(".bin"))
        assert len(binary) == size

    def test_link_scripts_run_when_asked_for(self, channel: Channel, tmp_path: Path) -> None:
        prefix = conda_install(channel, ["linked=1.0"], tmp_path / "env", link_scripts=True)
        assert (prefix / "linked-generated.txt").read_text() == "1.0\n"
        conda_install(channel, ["variant"], prefix, link_scripts=True)
        assert not (prefix / "linked-generated.txt").exists()

    def test_a_second_install_upgrades_and_history_tells_both(self, channel: Channel, tmp_path: Path) -> None:
        prefix = conda_install(channel, ["variant=1.0=cpu_0", "activated"], tmp_path / "env")
        assert (prefix / "etc/conda/env_vars.d/activated.json").exists()
        conda_install(channel, ["variant"], prefix)
        history = (prefix / "conda-meta/history").read_text()
        subdir = channel.record("variant", "1.1")["subdir"]
        assert f"-{channel.url}/{subdir}::variant-1.0-cpu_0\n" in history
        assert f"+{channel.url}/{subdir}::variant-1.1-cpu_0\n" in history
        assert history.count("# update specs:") == 2
        assert sorted(f.name for f in (prefix / "conda-meta").glob("*.json")) == ["variant-1.1-cpu_0.json"]

    def test_spoiling_a_prefix_does_not_spoil_the_next(self, channel: Channel, tmp_path: Path) -> None:
        first = conda_install(channel, ["variant=1.1"], tmp_path / "first")
        with (first / "share/variant.txt").open("a") as file:
            file.write("spoilt")
        second = conda_install(channel, ["variant=1.1"], tmp_path / "second")
        assert (second / "share/variant.txt").read_text() == "1.1 cpu_0\n"

    def test_specs_that_cannot_be_solved_fail_with_the_reason(self, channel: Channel, tmp_path: Path) -> None:
        with pytest.raises(CommandFailed, match="no-such-package"):
            conda_install(channel, ["no-such-package"], tmp_path / "env")

    def test_it_installs_over_http(self, http_channel: Channel, tmp_path: Path) -> None:
        prefix = conda_install(http_channel, ["variant=1.0=cuda_1"], tmp_path / "env")
        assert str(record_of(prefix, "variant")["url"]).startswith(http_channel.url)
        assert http_channel.server is not None
        assert http_channel.server.count("*/repodata.json*") > 0


class TestTheServer:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Server]:
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub/a b.txt").write_bytes(b"0123456789")
        with Server(tmp_path) as server:
            yield server

    def fetch(self, server: Server, path: str, **headers: str) -> tuple[int, bytes]:
        connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def test_it_serves_files_and_counts_requests(self, server: Server) -> None:
        assert self.fetch(server, "/sub/a%20b.txt") == (200, b"0123456789")
        assert self.fetch(server, "/sub/none")[0] == 404
        assert b"a%20b.txt" in self.fetch(server, "/sub/")[1]
        assert server.count("/sub/a b.txt") == 1
        assert server.count() == 3

    @pytest.mark.parametrize(
        ("asked", "answer"),
        [
            ("bytes=2-4", (206, b"234")),
            ("bytes=7-", (206, b"789")),
            ("bytes=-3", (206, b"789")),
            ("bytes=0-99", (206, b"0123456789")),
        ],
    )
    def test_it_serves_ranges(self, server: Server, asked: str, answer: tuple[int, bytes]) -> None:
        assert self.fetch(server, "/sub/a%20b.txt", Range=asked) == answer

    def test_a_range_beyond_the_end_is_refused(self, server: Server) -> None:
        assert self.fetch(server, "/sub/a%20b.txt", Range="bytes=10-")[0] == 416

    def test_a_fault_hits_as_often_as_told_and_only_what_it_names(self, server: Server) -> None:
        server.fail("/sub/*", Status(503), times=2)
        assert self.fetch(server, "/")[0] == 200
        assert [self.fetch(server, "/sub/a%20b.txt")[0] for _ in range(3)] == [503, 503, 200]

    def test_wrong_bytes_have_the_right_length(self, server: Server) -> None:
        server.fail("*", WrongBytes())
        status, content = self.fetch(server, "/sub/a%20b.txt")
        assert (status, len(content)) == (200, 10)
        assert content != b"0123456789"

    def test_truncated_content_is_shorter_than_announced(self, server: Server) -> None:
        server.fail("*", Truncated(0.3))
        with pytest.raises(IncompleteRead) as cut:
            self.fetch(server, "/sub/a%20b.txt")
        assert cut.value.partial == b"012"

    def test_a_dropped_connection_has_no_answer(self, server: Server) -> None:
        server.fail("*", Dropped())
        with pytest.raises((RemoteDisconnected, ConnectionResetError)):
            self.fetch(server, "/")

    def test_a_slow_answer_comes_late(self, server: Server) -> None:
        server.fail("*", Slow(0.2))
        start = time.monotonic()
        assert self.fetch(server, "/sub/a%20b.txt")[0] == 200
        assert time.monotonic() - start >= 0.2

    def test_leaving_does_not_wait_for_open_connections(self, tmp_path: Path) -> None:
        with Server(tmp_path) as server:
            connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
            connection.request("GET", "/")
            connection.getresponse().read()
        connection.close()
