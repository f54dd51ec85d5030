"""The conda layer: linked from URLs and hashes, with the final prefix in it, known to conda."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from envgit.errors import ArtifactUnavailable, RestoreFailed
from envgit.model import Variable
from envgit.restore import available, place, register, staged
from envgit.restore.conda.layer import link_conda
from tests.builders import conda_install, run_python
from tests.restore.environments import (
    PYTHON,
    Workshop,
    beside,
    conda_environment,
    conda_package,
    record_of,
    settings_for,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.channel import Channel


def test_python_with_compiled_and_noarch_packages_runs(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    packages = [
        conda_package(channel, name, version)
        for name, version in (("python", None), ("psutil", "7.0.0"), ("six", "1.16.0"), ("idna", None))
    ]
    assert packages[2].fn is not None
    assert packages[2].fn.endswith(".tar.bz2")
    notes = workshop.restore(conda_environment(*packages), prefix)
    assert notes == ()
    script = "import psutil, six, idna, sys; print(psutil.__version__, six.__version__, sys.prefix)"
    assert run_python(prefix, "-c", script) == f"7.0.0 1.16.0 {prefix}"
    assert beside(prefix) == []


def test_text_and_binaries_hold_the_final_prefix(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    workshop.restore(conda_environment(conda_package(channel, "prefixed")), prefix)
    said = subprocess.run([prefix / "bin/prefixed"], capture_output=True, text=True, check=True).stdout
    assert said == f"{prefix}/share/prefixed\n"
    library = (prefix / "lib/libprefixed.bin").read_bytes()
    assert library.startswith(b"\x7fBIN\0root=" + bytes(prefix) + b"/share/prefixed\0")
    assert b"envgit-" not in library


def test_noarch_entry_points_start_the_final_python(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    packages = [conda_package(channel, name) for name in ("python", "tabulate")]
    workshop.restore(conda_environment(*packages), prefix)
    first, *_ = (prefix / "bin/tabulate").read_text().splitlines()
    assert first == f"#!{prefix}/bin/python{PYTHON.rpartition('.')[0]}"


def test_records_say_where_packages_come_from_and_what_was_asked_for(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = conda_package(channel, "variant", "1.0", match_build="cpu_0", requested=("variant=1.0=cpu*",))
    workshop.restore(conda_environment(package), prefix)
    record = record_of(prefix, "variant")
    wanted = {field: getattr(package, field) for field in ("url", "fn", "sha256", "md5", "build", "subdir")}
    assert {field: record[field] for field in wanted} == wanted
    assert record["channel"].rstrip("/") == channel.url
    assert record["requested_spec"] == "variant=1.0=cpu*"
    assert record["requested_specs"] == ["variant=1.0=cpu*"]
    assert (prefix / "conda-meta/variant-1.0-cpu_0.json").stat().st_mode & 0o777 == 0o644


def test_history_pins_and_variables_are_written_as_conda_does(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    moment = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)
    workshop = Workshop(settings=settings_for(tmp_path, command="envgit checkout v1\n-n x", time=moment))
    package = conda_package(channel, "variant", "1.1")
    environment = conda_environment(
        package,
        specs=("variant >=1", 'python="3.*"'),
        pins=("numpy 1.26.*",),
        variables=(Variable(name="GREETING", value="a $HOME 'b'"), Variable(name="SECRET")),
    )
    (note,) = workshop.restore(environment, prefix)
    meta = prefix / "conda-meta"
    assert (meta / "history").read_text() == (
        "==> 2024-05-01 12:30:00 <==\n"
        "# cmd: envgit checkout v1 -n x\n"
        f"+{channel.url}/{package.subdir}::variant-1.1-cpu_0\n"
        '# update specs: ["variant >=1", "python=\\"3.*\\""]\n'
    )
    assert (meta / "pinned").read_text() == "numpy 1.26.*\n"
    assert json.loads((meta / "state").read_text())["env_vars"] == {"GREETING": "a $HOME 'b'"}
    assert (note.name, note.grade, note.reason) == (
        "variable SECRET",
        "missing",
        "its value was not recorded",
    )


def test_link_scripts_run_only_where_allowed(channel: Channel, tmp_path: Path, prefix: Path) -> None:
    environment = conda_environment(
        conda_package(channel, "linked", "1.0"), conda_package(channel, "variant", "1.1")
    )
    (note,) = Workshop(settings=settings_for(tmp_path)).restore(environment, prefix)
    assert (note.name, note.grade) == ("linked", "exact")
    assert "post-link script was not run" in note.reason
    assert not (prefix / "linked-generated.txt").exists()

    allowed = prefix.with_name("allowed")
    notes = Workshop(settings=settings_for(tmp_path, link_scripts=True)).restore(environment, allowed)
    assert [note.reason for note in notes] == ["", ""]
    assert (allowed / "linked-generated.txt").read_text() == "1.0\n"


def test_a_second_restore_needs_neither_network_nor_channel(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    package = conda_package(channel, "variant", "1.1")
    workshop = Workshop(settings=settings_for(tmp_path))
    workshop.restore(conda_environment(package), prefix)
    gone = conda_package(
        channel, "variant", "1.1", url="https://gone.example/c/linux-64/variant-1.1-cpu_0.conda"
    )
    offline = Workshop(settings=settings_for(tmp_path, offline=True))
    offline.restore(conda_environment(gone), prefix.with_name("second"))
    assert [label for label, *_ in offline.bars.started] == ["Linking packages"]
    assert record_of(prefix.with_name("second"), "variant")["url"] == gone.url


def test_environment_can_be_changed_into_another_one(
    channel: Channel, workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    stays, goes = conda_package(channel, "prefixed"), conda_package(channel, "linked", "1.0")
    before = conda_package(channel, "variant", "1.0", match_build="cpu_0")
    after = conda_package(channel, "variant", "1.1")
    workshop.restore(conda_environment(stays, goes, before), prefix)
    kept = (prefix / "bin/prefixed").stat()
    with staged(prefix) as staging:
        prefix.rename(staging)
        link_conda(
            conda_environment(stays, after),
            staging=staging,
            prefix=prefix,
            settings=workshop.settings,
            progress=workshop.bars,
            keeps=True,
        )
        place(staging, prefix)
    records = sorted(file.name.split("-")[0] for file in (prefix / "conda-meta").glob("*.json"))
    assert records == ["prefixed", "variant"]
    assert (prefix / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert (prefix / "bin/prefixed").stat() == kept
    assert record_of(prefix, "variant")["url"] == after.url


def test_nothing_of_a_package_that_stays_is_needed(
    channel: Channel, workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    stays, before = conda_package(channel, "prefixed"), conda_package(channel, "linked", "1.0")
    after = conda_package(channel, "variant", "1.1")
    workshop.restore(conda_environment(stays, before), prefix)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    gone = replace(stays, url=f"{elsewhere.as_uri()}/{stays.subdir}/{stays.fn}")
    with staged(prefix) as staging:
        prefix.rename(staging)
        link_conda(
            conda_environment(gone, after),
            staging=staging,
            prefix=prefix,
            settings=settings_for(elsewhere),
            progress=workshop.bars,
            keeps=True,
            kept={"prefixed"},
        )
        place(staging, prefix)
    records = sorted(file.name.split("-")[0] for file in (prefix / "conda-meta").glob("*.json"))
    assert records == ["prefixed", "variant"]


def test_what_is_cached_is_known_beforehand(channel: Channel, tmp_path: Path, prefix: Path) -> None:
    here, other = conda_package(channel, "variant", "1.1"), conda_package(channel, "prefixed")
    workshop = Workshop(settings=settings_for(tmp_path))
    workshop.restore(conda_environment(here), prefix)
    origins = available(conda_environment(here, other), workshop.settings)
    assert {fn: origin.kind for fn, origin in origins.items()} == {here.fn: "cache", other.fn: "recorded"}


def test_progress_counts_bytes_and_packages(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    packages = [conda_package(channel, "variant", "1.1"), conda_package(channel, "prefixed")]
    workshop.restore(conda_environment(*packages), prefix)
    size = sum(package.size or 0 for package in packages)
    assert workshop.bars.started == [
        ("Taking 2 packages from this machine", size, "bytes"),
        ("Linking packages", 2, "packages"),
    ]
    assert workshop.bars.done == [size, 2]


def test_environment_without_packages_is_one_to_conda(workshop: Workshop, prefix: Path) -> None:
    workshop.restore(conda_environment(), prefix)
    assert [file.name for file in (prefix / "conda-meta").iterdir()] == ["history"]


def test_package_known_by_md5_alone_is_not_taken_from_another_ones_cache(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = conda_package(channel, "variant", "1.1")
    workshop.restore(conda_environment(package), prefix)
    wrong = hashlib.md5(b"other").hexdigest()
    impostor = conda_package(channel, "variant", "1.1", sha256=None, md5=wrong)
    with pytest.raises(RestoreFailed, match=f"expected md5 {wrong[:12]}, got {str(package.md5)[:12]}"):
        workshop.restore(conda_environment(impostor), prefix.with_name("second"))
    honest = conda_package(channel, "variant", "1.1", sha256=None)
    assert workshop.restore(conda_environment(honest), prefix.with_name("third")) == ()
    assert "sha256" not in record_of(prefix.with_name("third"), "variant")


def test_url_tells_the_format_of_a_file_that_is_recorded_by_another_name(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = conda_package(channel, "variant", "1.1", fn="variant-1.1-cpu_0.tar.bz2")
    workshop.restore(conda_environment(package), prefix)
    assert record_of(prefix, "variant")["fn"] == "variant-1.1-cpu_0.tar.bz2"


def test_conda_goes_on_from_there(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    packages = [
        conda_package(channel, "variant", "1.0", match_build="cpu_0"),
        conda_package(channel, "linked", "1.0"),
    ]
    workshop.restore(conda_environment(*packages, specs=("linked=1.0",)), prefix)
    conda_install(channel, ["linked=1.1", "variant=1.1"], prefix)
    assert (prefix / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert (record_of(prefix, "linked")["version"], record_of(prefix, "variant")["version"]) == ("1.1", "1.1")
    assert (prefix / "conda-meta/history").read_text().count("==>") == 2


def test_environment_is_registered_once(tmp_path: Path) -> None:
    registry = tmp_path / ".conda/environments.txt"
    assert register(tmp_path / "a", tmp_path) is None
    registry.write_text(registry.read_text().rstrip("\n"))
    for name in ("b", "a", "b"):
        assert register(tmp_path / name, tmp_path) is None
    assert registry.read_text().splitlines() == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_registry_that_cannot_be_written_is_a_warning_that_names_it(tmp_path: Path) -> None:
    (tmp_path / ".conda").write_text("no folder")
    warned = register(tmp_path / "a", tmp_path)
    assert warned is not None
    assert str(tmp_path / ".conda/environments.txt") in warned.message


def test_package_without_a_hash_is_restored_and_said_to_be_unchecked(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = conda_package(channel, "variant", "1.1", sha256=None, md5=None)
    (note,) = workshop.restore(conda_environment(package), prefix)
    assert (note.name, note.grade) == ("variant", "exact")
    assert "no hash is recorded" in note.reason


def test_package_without_a_url_cannot_be_had(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    package = conda_package(channel, "variant", "1.1", url=None)
    with pytest.raises(ArtifactUnavailable, match=r"no URL is known for variant 1\.1"):
        workshop.restore(conda_environment(package), prefix)
    assert beside(prefix) == []


def test_noarch_python_without_python_fails_and_leaves_nothing(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    with pytest.raises(RestoreFailed, match="cannot be linked"):
        workshop.restore(conda_environment(conda_package(channel, "six", "1.17.0")), prefix)
    assert not prefix.exists()
    assert beside(prefix) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": "../evil"}, "name is '../evil'"),
        ({"version": "1/../../x"}, "version is"),
        ({"build": "../../x"}, "build is"),
        ({"subdir": "../noarch"}, "subdir is"),
        ({"fn": "../variant.conda"}, "file name is"),
        ({"fn": "variant.exe"}, "file name is"),
        ({"sha256": "zz"}, "sha256 is 'zz'"),
        ({"url": "ext::sh -c touch /tmp/x/linux-64/a.conda"}, "no package is fetched from there"),
        ({"url": "https://[::1/linux-64/variant-1.1-cpu_0.conda"}, "no package is fetched from there"),
        ({"url": "https://host:x/linux-64/variant-1.1-cpu_0.conda"}, "no package is fetched from there"),
        ({"python_site_packages_path": "../../../x"}, "site-packages folder is"),
        ({"python_site_packages_path": "lib/../../x"}, "site-packages folder is"),
        ({"python_site_packages_path": "/etc"}, "site-packages folder is"),
        ({"timestamp": 2**62}, "beyond the year 9999"),
        ({"url": "file://host/c/linux-64/variant-1.1-cpu_0.conda"}, "no package is fetched from there"),
    ],
)
def test_a_stranger_s_snapshot_names_no_paths_and_starts_no_programs(
    changes: dict[str, Any], complaint: str, channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = replace(conda_package(channel, "variant", "1.1"), **changes)
    with pytest.raises(RestoreFailed, match=complaint):
        workshop.restore(conda_environment(package), prefix)
    assert beside(prefix) == []
