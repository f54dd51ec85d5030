"""What conda and pip print as JSON is read; what is no such listing is refused soon and clearly."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from envgit.errors import BadFile, EnvgitError
from envgit.formats import decode_any
from envgit.formats.pip import requirements
from envgit.formats.writing import encode_as
from envgit.model import Source, Variable
from tests.builders import make_venv, make_wheel
from tests.builders.venv import run_uv
from tests.formats.environments import COMMIT, SHA256, conda, dist, environment, folder, vcs

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.formats.writing import Written
    from envgit.model import Environment


def decoded(document: object) -> tuple[Environment, list[str]]:
    read = decode_any(json.dumps(document).encode(), where="x.json")
    return read.environment, [f"{warned.kind}: {warned.message}" for warned in read.warnings]


def listed(name: str, **facts: object) -> dict[str, object]:
    return {
        "base_url": "https://conda.anaconda.org/conda-forge",
        "build_number": 0,
        "build_string": "h0_0",
        "channel": "conda-forge",
        "dist_name": f"{name}-1.0-h0_0",
        "name": name,
        "platform": "linux-64",
        "version": "1.0",
        **facts,
    }


BY_PIP = {
    "base_url": "https://conda.anaconda.org/pypi",
    "build_string": "pypi_0",
    "channel": "pypi",
    "platform": "pypi",
}


def test_a_list_of_conda_tells_channel_build_platform_and_what_pip_installed() -> None:
    document = [
        listed("python", version="3.11.4", build_number=2),
        listed("six", platform="noarch", base_url=None, channel="pkgs/main"),
        listed("Flask_X", **BY_PIP),
    ]
    assert decoded(document) == (
        environment(
            conda("python", "3.11.4", build_number=2),
            conda("six", channel="pkgs/main", subdir="noarch"),
            dist("flask-x"),
            python="3.11.4",
        ),
        [],
    )


def test_a_list_for_two_platforms_is_for_none() -> None:
    env, warnings = decoded([listed("a"), listed("b", platform="osx-64")])
    assert env.platform == ""
    assert warnings == [
        "platform: x.json: packages for linux-64, osx-64; which the environment is for is not told"
    ]


def test_an_export_of_conda_says_what_environment_yml_says() -> None:
    document = {
        "name": "/home/ada/envs/é\U0001f600",
        "channels": ["https://u:secret@conda.anaconda.org/t/tk-1/private"],
        "dependencies": ["python=3.11.4=h0_0", {"pip": ["a==1.0", "-r r.txt"]}],
        "variables": {"A": "1"},
        "prefix": "/home/ada/envs/x",
    }
    for text in (json.dumps(document), json.dumps(document, indent=2, ensure_ascii=False)):
        read = decode_any(text.encode(), where="x.json")
        assert (read.name, read.environment.channels) == ("é\U0001f600", ("private",))
        assert read.environment.conda == (conda("python", "3.11.4", channel="", subdir=""),)
        assert read.environment.distributions == (dist("a"),)
        assert [w.kind for w in read.warnings] == ["not-followed", "secret"]


INSPECT_ENVIRONMENT = {"sys_platform": "darwin", "platform_machine": "arm64", "python_full_version": "3.11.4"}


def inspected(name: str, **facts: object) -> dict[str, object]:
    return {"metadata": {"name": name, "version": "1.0"}, "installer": "pip", "requested": False, **facts}


def inspection(*installed: dict[str, object]) -> dict[str, object]:
    return {
        "version": "1",
        "pip_version": "25",
        "installed": list(installed),
        "environment": INSPECT_ENVIRONMENT,
    }


def test_pip_inspect_tells_platform_python_dependencies_and_owner() -> None:
    first = inspected("A_b", requested=True)
    first["metadata"] = {
        "name": "A_b",
        "version": "2",
        "requires_dist": ["c>=1"],
        "description": "{{ x }} \\ud800",
    }
    by_conda = inspected("c", installer="conda", direct_url={"url": "file:///croot/c", "dir_info": {}})
    env, warnings = decoded(inspection(first, by_conda))
    assert (env.kind, env.platform, env.python, warnings) == ("venv", "osx-arm64", "3.11.4", [])
    assert env.distributions == (
        dist("a-b", "2", requested=True, installer="pip", depends=("c>=1",)),
        dist("c", owner="conda", installer="conda"),
    )


DIRECT: list[tuple[dict[str, Any], Source]] = [
    (
        {
            "url": "https://u:p@host/o/r.git",
            "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v1"},
            "subdirectory": "s",
        },
        vcs(requested_revision="v1", subdirectory="s"),
    ),
    ({"url": "file:///home/ada/code", "dir_info": {"editable": True}}, folder(editable=True)),
    ({"url": "file:///home/ada/code", "dir_info": {}}, folder()),
    (
        {"url": "https://h/a.zip", "archive_info": {"hashes": {"sha256": SHA256}}},
        Source(kind="archive", url="https://h/a.zip", sha256=SHA256),
    ),
    (
        {"url": "https://h/a.zip", "archive_info": {"hash": f"sha256={SHA256}"}},
        Source(kind="archive", url="https://h/a.zip", sha256=SHA256),
    ),
    (
        {"url": "https://h/a.zip", "archive_info": {"hash": "md5=1"}},
        Source(kind="archive", url="https://h/a.zip"),
    ),
]


@pytest.mark.parametrize(("direct_url", "source"), DIRECT)
def test_pip_inspect_tells_where_a_distribution_came_from(direct_url: dict[str, Any], source: Source) -> None:
    env, warnings = decoded(inspection(inspected("a", direct_url=direct_url)))
    assert [d.source for d in env.distributions] == [source]
    local = "local-path: x.json: a comes from file:///home/ada/code, a place on the machine of its writer"
    assert warnings == ([local] if source.url.startswith("file:") else [])


def test_a_list_of_pip_tells_names_versions_and_editable_folders() -> None:
    document = [
        {"name": "A.b", "version": "1.0"},
        {"name": "c", "version": "2", "editable_project_location": "/home/ada/code"},
    ]
    env, warnings = decoded(document)
    assert env.distributions == (dist("a-b"), dist("c", "2", source=folder(editable=True)))
    assert [w.partition(":")[0] for w in warnings] == ["local-path"]


REFUSED = [
    ('{"dependencies": [', "f, line 1, column 19: not JSON: Expecting value"),
    ('[\n{"name": "a", "version": }]', "f, line 2, column 26: not JSON: Expecting value"),
    ('[{"name": "a", "version": NaN}]', "f: NaN is no number of JSON"),
    ('[{"name": "a", "version": "1", "name": "b"}]', "f: the key 'name' stands twice in one object"),
    ('[{"name": "\\ud800", "version": "1"}]', "f: holds half of a surrogate pair, which is no character"),
    ('[{"name": 1, "version": "1"}]', "f: expected a string at [0].name, found int"),
    ('[{"version": "1"}]', "f: expected a string at [0].name, found nothing"),
    ('[{"dist_name": "a", "name": "a"}]', "f: expected a string at [0].version, found nothing"),
    ('{"pip_version": "1"}', "f: expected a list at installed, found nothing"),
    ('{"dependencies": {"left-pad": "1"}, "name": "x"}', "f: not a conda environment: `dependencies` is a"),
    ('{"dependencies": ' + "[" * 100_000, "f: nested too deeply for a list of packages"),
    ('{"dependencies": [' + "1," * 500_000, "f: more than 500,000 values, which no list of packages has"),
    ('{"pip_version": 1' + "0" * 5000 + "}", "f: Exceeds the limit"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_listing_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(BadFile) as refused:
        decode_any(text.encode(), where="f")
    assert refused.value.message.startswith(message)


def test_what_pip_and_uv_print_is_the_same_environment(tmp_path: Path) -> None:
    wheels = [make_wheel(tmp_path, name, "1.0") for name in ("a", "b")]
    venv = make_venv(tmp_path / "venv", packages=["pip"])
    python = str(venv / "bin/python")
    run_uv("pip", "install", "-q", "--no-index", "--find-links", str(tmp_path), "--python", python, "a", "b")
    assert len(wheels) == 2

    def printed(*command: str) -> dict[str, str]:
        ran = subprocess.run([python, "-m", "pip", *command], capture_output=True, text=True, check=True)
        env = decode_any(ran.stdout.encode(), where="printed").environment
        return {d.name: d.version for d in env.distributions if d.name != "pip"}

    assert printed("inspect") == {"a": "1.0", "b": "1.0"}
    assert printed("list", "--format", "json") == {"a": "1.0", "b": "1.0"}
    assert printed("freeze") == {"a": "1.0", "b": "1.0"}
    by_uv = run_uv("pip", "list", "--format", "json", "--python", python)
    again = requirements.encode(decode_any(by_uv.encode(), where="uv").environment)
    assert "a==1.0\nb==1.0\n" in again


PREFIX_HOLDS = environment(
    conda("six", channel="pytorch"),
    conda("odd", build=""),
    dist("mine", source=folder(url="./lib", repository=".", subdirectory="lib", editable=True)),
    dist("six", owner="conda", installer="conda"),
    dist("theirs", source=vcs(subdirectory="py"), requested=True, depends=("six>=1",), installer="pip"),
    channels=("conda-forge", "pytorch"),
    python="3.11.4",
    variables=(Variable(name="MODE", value="fast"),),
)


def test_environment_json_is_what_conda_exports() -> None:
    written = json.loads(encode_as(PREFIX_HOLDS, "environment-json", name="my env"))
    assert written == {
        "name": "my-env",
        "channels": ["conda-forge", "pytorch"],
        "dependencies": [
            "pytorch::six=1.0=h0_0",
            "odd=1.0",
            "pip",
            {"pip": ["-e ./lib", f"theirs @ git+https://host/o/r.git@{COMMIT}#subdirectory=py"]},
        ],
        "variables": {"MODE": "fast"},
    }


def test_pip_inspect_is_a_report_of_version_1() -> None:
    written = json.loads(encode_as(PREFIX_HOLDS, "pip-inspect", name="x"))
    assert (written["version"], written["pip_version"]) == ("1", "")
    assert written["environment"]["sys_platform"] == "linux"
    assert written["environment"]["python_version"] == "3.11"
    mine, six, theirs = written["installed"]
    assert six["installer"] == "conda"
    assert mine["direct_url"] == {"url": "./lib", "dir_info": {"editable": True}}
    assert theirs == {
        "metadata": {
            "metadata_version": "2.1",
            "name": "theirs",
            "version": "1.0",
            "requires_dist": ["six>=1"],
        },
        "direct_url": {
            "url": "https://host/o/r.git",
            "vcs_info": {"vcs": "git", "commit_id": COMMIT},
            "subdirectory": "py",
        },
        "requested": True,
        "installer": "pip",
    }


def test_pip_inspect_comes_back_with_all_that_pip_knows() -> None:
    archive = Source(kind="archive", url="https://host/x.zip", sha256=SHA256)
    env = replace(
        PREFIX_HOLDS,
        conda=(),
        distributions=(*PREFIX_HOLDS.distributions, dist("zipped", source=archive)),
        kind="venv",
        channels=(),
        variables=(),
    )
    read = decode_any(encode_as(env, "pip-inspect", name="x").encode(), where="x.json")
    assert read.environment == env


@pytest.mark.parametrize("written", ["pip-inspect", "conda-list"])
def test_what_has_no_version_is_refused_by_name(written: Written) -> None:
    with pytest.raises(EnvgitError, match="none is known of wish"):
        encode_as(environment(conda("six"), dist("wish", "")), written, name="x")
