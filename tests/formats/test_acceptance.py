"""What envgit writes is taken by the tools it is written for: pip, and conda by way of rattler."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from rattler import MatchSpec
from rattler.explicit_environment import ExplicitEnvironmentSpec

from envgit.formats.conda import environment_yml, explicit
from envgit.formats.pip import requirements
from envgit.formats.syntax.yaml_text import load_yaml
from envgit.model import Source
from tests.builders import make_repo, make_venv, make_wheel
from tests.formats.environments import MD5, SHA256, conda, dist, environment, folder, from_url, vcs

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment

#: A build backend that needs nothing from anywhere.
BACKEND = """
import pathlib

def _metadata(folder):
    info = pathlib.Path(folder, "NAME-0.1.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: NAME\\nVersion: 0.1\\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return info.name

def prepare_metadata_for_build_wheel(folder, settings=None):
    return _metadata(folder)

def prepare_metadata_for_build_editable(folder, settings=None):
    return _metadata(folder)

def build_wheel(folder, settings=None, metadata=None):
    raise NotImplementedError

build_editable = build_wheel
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the newest pip."""
    return make_venv(tmp_path_factory.mktemp("pip") / "venv", packages=["pip"])


def installable(pip: Path, file: Path, *options: str) -> dict[str, str]:
    """What pip would install for a requirements file, name to version, from its own report."""
    command = [
        str(pip / "bin/python"),
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--no-deps",
    ]
    command += ["--quiet", "--disable-pip-version-check", "--no-index", "--report", "-"]
    command += ["--src", str(file.parent / "src"), "-r", file.name]
    ran = subprocess.run([*command, *options], cwd=file.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return {item["metadata"]["name"]: item["metadata"]["version"] for item in report["install"]}


def project(path: Path, name: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "pyproject.toml").write_text(PYPROJECT)
    (path / "backend.py").write_text(BACKEND.replace("NAME", name))
    return path


def test_pip_takes_the_requirements(pip: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    for name, version in (("a", "1.0"), ("b", "2.0+cu118"), ("c", "1!3.0.post1")):
        make_wheel(wheels, name, version)
    env = environment(
        dist("a", "1.0"),
        dist("b", "2.0+cu118"),
        dist("c", "1!3.0.post1"),
        dist("~umpy", "1.0"),
        python="3.11.4",
    )
    file = tmp_path / "requirements.txt"
    file.write_text(requirements.encode(env))
    found = installable(pip, file, "--find-links", str(wheels))
    assert found == {"a": "1.0", "b": "2.0+cu118", "c": "1!3.0.post1"}


def local_environment(tmp_path: Path) -> Environment:
    """Distributions of every kind of source; ``tmp_path`` is the repository whose commits are recorded."""
    project(tmp_path, "top")
    project(tmp_path / "libs/my pkg", "inner")
    project(tmp_path / "plain", "plain")
    remote = make_repo(tmp_path / "remote")
    project(remote.path / "sub", "remote")
    project(remote.path, "whole")
    remote.git("add", "-A")
    remote.git("commit", "-qm", "two projects")
    commit = remote.git("rev-parse", "HEAD")
    wheel = make_wheel(tmp_path / "wheels", "whl", "0.1")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    sources: dict[str, Source] = {
        "inner": folder(editable=True, repository=".", subdirectory="libs/my pkg"),
        "plain": folder(repository=".", subdirectory="plain"),
        "remote": folder(editable=True, repository=str(remote.path), commit=commit, subdirectory="sub"),
        "top": folder(editable=True, repository="."),
        "whl": Source(kind="archive", url=wheel.as_uri(), sha256=sha256),
        "whole": vcs(remote.path.as_uri(), commit=commit),
    }
    return environment(*(dist(name, "0.1", source=source) for name, source in sources.items()))


def test_pip_takes_the_local_requirements(pip: Path, tmp_path: Path) -> None:
    env = local_environment(tmp_path)
    file = tmp_path / "requirements-local.txt"
    file.write_text(requirements.encode_local(env))
    assert installable(pip, file) == {d.name: "0.1" for d in env.distributions}


def test_pip_takes_the_pip_list_of_environment_yml(pip: Path, tmp_path: Path) -> None:
    env = local_environment(tmp_path)
    listed: Any = load_yaml(environment_yml.encode(env, name="x"), "environment.yml")
    # conda writes the list into a file beside environment.yml, one item a line
    file = tmp_path / "condaenv.requirements.txt"
    file.write_text("\n".join(listed["dependencies"][-1]["pip"]))
    assert installable(pip, file) == {d.name: "0.1" for d in env.distributions}


CONDA = environment(
    from_url("_libgcc_mutex", "0.1", "conda_forge", md5=MD5),
    from_url("ca-certificates", "2023.05.30", sha256=SHA256),
    conda("openssl", "1.1.1w", channel="https://host/ch"),
    from_url("python", "3.11.4", depends=("openssl",)),
    from_url("tzdata", "2024a", subdir="noarch", channel="pkgs/main"),
    from_url("x264", "1!161.3030", "h_1", channel="conda-forge/label/dev"),
    conda("loose", "", "", requested=("loose>=1,<2",)),
    channels=("conda-forge", "defaults"),
)


def test_rattler_reads_every_dependency_as_the_package_it_stands_for() -> None:
    file: Any = load_yaml(environment_yml.encode(CONDA, name="x"), "environment.yml")
    specs = [MatchSpec(spec) for spec in file["dependencies"]]
    assert [str(spec) for spec in specs] == [
        "_libgcc_mutex 0.1.*",
        "ca-certificates 2023.5.30.*",
        'openssl 1.1.1w.*[channel="https://host/ch/"]',
        "python 3.11.4.*",
        "pkgs/main::tzdata 2024a.*",
        "conda-forge/label/dev::x264 1!161.3030.*",
        "loose >=1,<2",
    ]


def test_rattler_reads_the_explicit_lock() -> None:
    read = ExplicitEnvironmentSpec.from_str(explicit.encode(CONDA))
    assert str(read.platform) == "linux-64"
    forge = "https://conda.anaconda.org/conda-forge"
    assert [entry.url for entry in read.packages] == [
        f"{forge}/linux-64/_libgcc_mutex-0.1-conda_forge.conda#{MD5}",
        f"{forge}/linux-64/ca-certificates-2023.05.30-h0_0.conda#{SHA256}",
        f"{forge}/linux-64/python-3.11.4-h0_0.conda",
        "https://conda.anaconda.org/pkgs/main/noarch/tzdata-2024a-h0_0.conda",
        f"{forge}/label/dev/linux-64/x264-1!161.3030-h_1.conda",
    ]
