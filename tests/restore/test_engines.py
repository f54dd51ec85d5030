"""The conda layer by the user's own conda, mamba or micromamba."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import IntegrityError, RestoreFailed
from envgit.restore.conda.artifacts import artifact_of
from envgit.restore.conda.supply.routes import Ladder
from envgit.restore.engines.finding import Engine, find_engine
from envgit.restore.engines.invocation import invocation, lock_of
from tests.builders import run_python
from tests.restore.environments import (
    Workshop,
    beside,
    conda_environment,
    conda_package,
    record_of,
    settings_for,
)

if TYPE_CHECKING:
    from tests.channel import Channel

#: The real one of this machine, looked for before tests are sealed off from it.
CONDA = os.environ.get("CONDA_EXE") or shutil.which("conda")

#: How mamba and micromamba are kept to themselves, and told the final place.
RELOCATED = ("--no-rc", "--root-prefix", "/s/root", "--relocate-prefix", "/envs/e")


@pytest.fixture
def with_conda(tmp_path: Path, sealed_environment: Path) -> Workshop:
    """Restores by the machine's own conda, of a user whose settings would add packages and softlinks."""
    if not CONDA:
        pytest.skip("there is no conda in CONDA_EXE or on PATH")
    (sealed_environment / ".condarc").write_text("create_default_packages: [six]\nalways_softlink: true\n")
    environ = {**os.environ, "CONDA_EXE": CONDA}
    return Workshop(settings=settings_for(tmp_path, engine="conda", environ=environ))


def executable(folder: Path, name: str, text: str = "#!/bin/sh\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text)
    file.chmod(0o755)
    return file


def test_conda_builds_aside_what_stands_at_its_place(
    channel: Channel, with_conda: Workshop, prefix: Path, sealed_environment: Path
) -> None:
    asked = conda_package(channel, "six", "1.17.0", requested=("six >=1.17",))
    packages = (conda_package(channel, "python"), conda_package(channel, "prefixed"), asked)
    assert with_conda.restore(conda_environment(*packages, specs=("six >=1.17",)), prefix) == ()
    assert run_python(prefix, "-c", "import six; print(six.__version__)") == "1.17.0"
    assert f"echo {prefix}/share/prefixed" in (prefix / "bin/prefixed").read_text()
    assert (prefix / "lib/libprefixed.bin").read_bytes().startswith(b"\x7fBIN\0root=" + os.fsencode(prefix))
    left = f"{prefix.name}.envgit-".encode()
    held = [f for f in prefix.rglob("*") if f.is_file() and left in f.read_bytes()]
    assert held == []
    assert {record.name.rsplit("-", 2)[0] for record in (prefix / "conda-meta").glob("*.json")} == {
        "python",
        "prefixed",
        "six",
    }
    record = record_of(prefix, "six")
    assert (record["url"], record["channel"]) == (asked.url, channel.url)
    assert (record["sha256"], record["requested_specs"]) == (asked.sha256, ["six >=1.17"])
    assert "requested_specs" not in record_of(prefix, "prefixed")
    assert '# update specs: ["six >=1.17"]' in (prefix / "conda-meta/history").read_text()
    assert not any(file.is_symlink() for file in (prefix / "share").glob("*"))
    assert not (sealed_environment / ".conda").exists()
    assert beside(prefix) == []


def test_conda_is_given_nothing_but_the_recorded_bytes(
    http_channel: Channel, with_conda: Workshop, prefix: Path
) -> None:
    package = conda_package(http_channel, "variant", "1.1", sha256="0" * 64)
    with pytest.raises(IntegrityError, match="is not what was recorded"):
        with_conda.restore(conda_environment(package), prefix)
    assert beside(prefix) == []


def test_conda_cannot_be_kept_from_running_scripts_and_is_not_asked_to(
    channel: Channel, with_conda: Workshop, prefix: Path, tmp_path: Path
) -> None:
    environment = conda_environment(
        conda_package(channel, "linked", "1.0"), conda_package(channel, "variant", "1.1")
    )
    with pytest.raises(RestoreFailed, match="conda would run the link scripts of linked") as refused:
        with_conda.restore(environment, prefix)
    assert "--engine rattler" in refused.value.hint
    allowed = settings_for(tmp_path, engine="conda", link_scripts=True, environ=with_conda.settings.environ)
    Workshop(settings=allowed).restore(environment, prefix)
    assert (prefix / "linked-generated.txt").read_text() == "1.0\n"


def test_engine_that_fails_is_quoted_and_leaves_nothing(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    conda = executable(tmp_path / "bin", "conda", "#!/bin/sh\necho the solver is on strike >&2\nexit 3\n")
    settings = settings_for(tmp_path, engine="conda", environ={"CONDA_EXE": str(conda), "PATH": os.defpath})
    with pytest.raises(RestoreFailed, match=r"bin/conda failed \(exit 3\)") as failed:
        Workshop(settings=settings).restore(
            conda_environment(conda_package(channel, "variant", "1.1")), prefix
        )
    assert failed.value.hint == "the solver is on strike"
    assert beside(prefix) == []


def test_engine_that_did_nothing_is_found_out(channel: Channel, tmp_path: Path, prefix: Path) -> None:
    conda = executable(tmp_path / "bin", "conda", '#!/bin/sh\nmkdir -p "$6"\n')
    settings = settings_for(tmp_path, engine="conda", environ={"CONDA_EXE": str(conda), "PATH": os.defpath})
    with pytest.raises(RestoreFailed, match=r"variant 1\.1 was not linked"):
        Workshop(settings=settings).restore(
            conda_environment(conda_package(channel, "variant", "1.1")), prefix
        )


def test_engine_is_the_one_of_the_shell_else_the_first_on_path(tmp_path: Path) -> None:
    known = executable(tmp_path / "known", "mamba")
    on_path = executable(tmp_path / "path", "mamba")
    environ = {"MAMBA_EXE": str(known), "PATH": str(tmp_path / "path")}
    assert find_engine("mamba", environ).executable == known
    del environ["MAMBA_EXE"]
    assert find_engine("mamba", environ).executable == on_path
    micromamba = executable(tmp_path / "path", "micromamba")
    environ["MAMBA_EXE"] = str(known)
    assert find_engine("micromamba", environ).executable == micromamba


@pytest.mark.parametrize("name", ["conda", "mamba", "micromamba"])
def test_engine_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(RestoreFailed, match=f"there is no {name}: ") as missing:
        find_engine(name, {"PATH": str(tmp_path)})
    assert missing.value.hint == f"install {name}, or let envgit install the packages: --engine rattler"


@pytest.mark.parametrize(
    ("name", "without_scripts", "own"),
    [
        ("conda", False, ()),
        ("mamba", False, RELOCATED),
        ("micromamba", True, (*RELOCATED, "--skip-run-link-scripts")),
    ],
)
def test_engine_sees_neither_the_users_settings_nor_caches(
    name: str, without_scripts: bool, own: tuple[str, ...]
) -> None:
    told = invocation(
        Engine(name=name, executable=Path("/opt/engine")),
        lock=Path("/s/lock"),
        staging=Path("/envs/e.envgit-1"),
        prefix=Path("/envs/e"),
        scratch=Path("/s"),
        environ={
            "PATH": "/bin",
            "HOME": "/home/me",
            "CONDA_PREFIX": "/base",
            "CONDARC": "/rc",
            "MAMBA_NO_RC": "0",
        },
        without_scripts=without_scripts,
    )
    common = ("--yes", "--quiet", "--offline", "--prefix", "/envs/e.envgit-1", "--file", "/s/lock")
    assert told.arguments == ("/opt/engine", "create", *common, *own)
    assert {key: told.environ.get(key) for key in ("PATH", "HOME", "CONDA_PKGS_DIRS")} == {
        "PATH": "/bin",
        "HOME": "/s",
        "CONDA_PKGS_DIRS": "/s/pkgs",
    }
    assert not {"CONDARC", "MAMBA_NO_RC"} & set(told.environ)
    assert (told.environ.get("CONDA_TARGET_PREFIX_OVERRIDE") == "/envs/e") == (name == "conda")


@pytest.mark.parametrize(("name", "mark"), [("conda", ""), ("micromamba", "sha256:")])
def test_lock_says_hashes_as_the_engine_reads_them(
    name: str, mark: str, channel: Channel, tmp_path: Path
) -> None:
    package = conda_package(channel, "variant", "1.1")
    artifact = artifact_of(package, Ladder(settings_for(tmp_path)), tmp_path / "a b")
    lock = lock_of(Engine(name=name, executable=Path("/opt/engine")), [artifact])
    folder = (tmp_path / "a b").as_uri()
    assert lock == f"@EXPLICIT\n{folder}/{package.subdir}/{package.fn}#{mark}{package.sha256}\n"
    assert " " not in lock
