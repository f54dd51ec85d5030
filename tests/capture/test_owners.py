from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from envgit.formats.manifest import decode_manifest, encode_manifest
from envgit.identity import snapshot_of
from envgit.model import Distribution
from tests.builders import (
    CondaSpec,
    PypiSpec,
    clobber_with_pip,
    make_egg_info,
    make_orphan,
    make_prefix,
    site_packages,
)
from tests.builders.dists import write_dist
from tests.capture.captures import captured, dist, kinds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "spec",
    [
        CondaSpec(version="1.16.0", dists={"six": "1.16.0"}),
        CondaSpec(version="1.16.0", dists={"six": "1.16.0"}, noarch="python"),
        CondaSpec(version="1.16.0", dists={"six": "1.16.0"}, noarch="python", mapped=False),
        CondaSpec(version="1.16.0", dists={"six": "1.16.0"}, extra={"paths_data": None}),
        CondaSpec(version="1.16.0", dists={"six": "1.16.0"}, extra={"files": None}),
    ],
    ids=["plain", "noarch", "unmapped", "no hashes", "no list of files"],
)
def test_what_conda_put_there_is_condas(tmp_path: Path, spec: CondaSpec) -> None:
    found = captured(make_prefix(tmp_path, conda={"six": spec}))
    six = dist(found, "six")
    assert (six.owner, six.conda_package) == ("conda", "six")
    assert found.environment.pypi == ()
    assert found.warnings == ()


def test_what_pip_put_there_is_pypis(tmp_path: Path) -> None:
    found = captured(make_prefix(tmp_path, pypi={"six": "1.16.0"}))
    assert (dist(found, "six").owner, dist(found, "six").conda_package) == ("pypi", None)


def test_another_version_over_condas_is_clobbered(tmp_path: Path) -> None:
    spec = CondaSpec(version="2.31.0", dists={"requests": "2.31.0"})
    prefix = make_prefix(tmp_path, conda={"requests": spec})
    clobber_with_pip(prefix, "requests", "2.32.4")
    found = captured(prefix)
    requests = dist(found, "requests")
    assert (requests.owner, requests.version, requests.conda_package) == ("clobbered", "2.32.4", "requests")
    assert [d.name for d in found.environment.pypi] == ["requests"]


@pytest.mark.parametrize("mapped", [True, False])
def test_the_same_version_over_condas_is_clobbered_when_its_record_differs(
    tmp_path: Path, mapped: bool
) -> None:
    spec = CondaSpec(version="1.16.0", dists={"six": "1.16.0"}, noarch="python", mapped=mapped)
    prefix = make_prefix(tmp_path, conda={"six": spec})
    clobber_with_pip(prefix, "six", "1.16.0")
    assert dist(captured(prefix), "six").owner == "clobbered"


def test_metadata_without_record_and_installer_is_an_orphan(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path)
    make_orphan(prefix, "six", "1.16.0")
    assert dist(captured(prefix), "six").owner == "orphan"


def test_names_of_package_and_distribution_may_differ(tmp_path: Path) -> None:
    spec = CondaSpec(version="2.3.0", dists={"torch": "2.3.0"})
    torch = dist(captured(make_prefix(tmp_path, conda={"pytorch": spec})), "torch")
    assert (torch.owner, torch.conda_package) == ("conda", "pytorch")


def test_windows_paths_in_a_record_are_understood(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1.16.0", dists={"six": "1.16.0"})})
    record = next((prefix / "conda-meta").glob("six-*.json"))
    content = json.loads(record.read_text())
    content["files"] = [file.replace("/", "\\") for file in content["files"]]
    for entry in content["paths_data"]["paths"]:
        entry["_path"] = entry["_path"].replace("/", "\\")
    record.write_text(json.dumps(content))
    assert dist(captured(prefix), "six").owner == "conda"


def test_requests_and_origins_of_the_build_machine_are_not_the_users(tmp_path: Path) -> None:
    built = PypiSpec(
        version="1.16.0",
        installer="conda",
        direct_url={"url": "file:///home/conda/feedstock_root/six/work", "dir_info": {}},
    )
    found = captured(make_prefix(tmp_path, conda={"six": CondaSpec(version="1.16.0", dists={"six": built})}))
    six = dist(found, "six")
    assert (six.owner, six.requested, six.source) == ("conda", False, None)


@pytest.mark.parametrize("damage", ["{", None], ids=["corrupt", "lost"])
def test_what_conda_installed_is_an_orphan_without_its_record(tmp_path: Path, damage: str | None) -> None:
    built = PypiSpec(
        version="1.16.0",
        installer="conda",
        direct_url={"url": "file:///home/conda/feedstock_root/six/work", "dir_info": {}},
    )
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1.16.0", dists={"six": built})})
    (record,) = (prefix / "conda-meta").glob("six-*.json")
    if damage is None:
        record.unlink()
    else:
        record.write_text(damage)
    six = dist(captured(prefix), "six")
    assert (six.owner, six.conda_package, six.requested, six.source) == ("orphan", None, False, None)


def test_an_egg_info_of_conda_is_condas_and_one_of_nobody_an_orphan(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path)
    ours = make_egg_info(prefix, "ours", "1.0")
    make_egg_info(prefix, "theirs", "1.0", as_file=True)
    record = next((prefix / "conda-meta").glob("python-*.json"))
    content = json.loads(record.read_text())
    content["files"].append((ours / "PKG-INFO").relative_to(prefix).as_posix())
    record.write_text(json.dumps(content))
    found = captured(prefix)
    assert (dist(found, "ours").owner, dist(found, "theirs").owner) == ("conda", "orphan")


def test_of_two_distributions_with_one_name_the_one_over_condas_counts(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1.16.0", dists={"six": "1.16.0"})})
    write_dist(prefix, "six", PypiSpec(version="1.15.0"))
    found = captured(prefix)
    assert (dist(found, "six").version, dist(found, "six").owner) == ("1.15.0", "clobbered")
    assert kinds(found) == ["duplicate-distribution"]
    assert "six-1.15.0.dist-info" in found.warnings[0].message
    assert "six-1.16.0.dist-info" in found.warnings[0].message


def test_metadata_of_condas_that_cannot_be_read_is_not_gone(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1.16.0", dists={"six": "1.16.0"})})
    site = site_packages(prefix)
    (site / "six-1.16.0.dist-info/METADATA").write_text("Name: seven\nVersion: 1\n")
    assert [d.name for d in captured(prefix).environment.distributions] == ["seven"]
    shutil.rmtree(site / "six-1.16.0.dist-info")
    (site / "six-1.16.0.dist-info").write_text("")
    found = captured(prefix)
    assert (found.environment.distributions, kinds(found)) == ((), ["corrupt-distribution"])


def test_conda_meta_alone_says_nothing_of_uninstalls(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1.16.0", dists={"six": "1.16.0"})})
    shutil.rmtree(prefix / "lib")
    assert captured(prefix).environment.distributions == ()


def test_an_uninstall_behind_condas_back_makes_another_environment(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1.16.0", dists={"six": "1.16.0"})})
    whole = snapshot_of(captured(prefix).environment)
    site = site_packages(prefix)
    for file in (site / "six-1.16.0.dist-info").iterdir():
        file.unlink()
    (site / "six-1.16.0.dist-info").rmdir()
    found = captured(prefix)
    assert kinds(found) == ["missing-distribution"]
    gone = Distribution(name="six", version="", owner="clobbered", conda_package="six")
    assert found.environment.distributions == (gone,)
    snapshot = snapshot_of(found.environment)
    assert snapshot.id != whole.id
    assert decode_manifest(encode_manifest(snapshot), where="it") == snapshot
    assert "six-1.16.0.dist-info" in found.warnings[0].message
