"""A conda environment as a real installer links it, with wheels on top by a real installer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.capture.files import check_files
from envgit.capture.fingerprint import fingerprint
from tests.builders import conda_install, make_venv, pip_install
from tests.builders.venv import run_uv
from tests.capture.captures import captured, dist, kinds, package

if TYPE_CHECKING:
    from pathlib import Path

    from tests.channel import Channel


@pytest.fixture
def prefix(channel: Channel, tmp_path: Path) -> Path:
    """Python with a noarch package from .tar.bz2, two from .conda, and one with the prefix in its files."""
    return conda_install(channel, ["python", "six=1.16.0", "idna", "psutil", "prefixed"], tmp_path / "prefix")


def test_what_conda_linked_is_condas_in_every_package_format(prefix: Path, channel: Channel) -> None:
    found = captured(prefix)
    owners = {d.name: (d.owner, d.conda_package) for d in found.environment.distributions}
    assert owners == {name: ("conda", name) for name in ("six", "idna", "psutil")}
    assert found.warnings == ()
    assert package(found, "six").fn == "six-1.16.0-pyhd8ed1ab_0.tar.bz2"
    assert found.environment.channels == (channel.url.rstrip("/"),)
    assert found.environment.python == package(found, "python").version
    assert package(found, "psutil").requested == ("psutil",)


def test_every_file_that_conda_linked_is_as_recorded(prefix: Path) -> None:
    checked = check_files(prefix)
    assert checked.checked > 500
    assert (checked.altered, checked.missing) == ((), ())


def test_a_wheel_over_condas_clobbers_it_and_has_the_digest_of_that_wheel_anywhere(
    prefix: Path, tmp_path: Path
) -> None:
    before = fingerprint(str(prefix))
    pip_install(prefix, "six==1.17.0", "tabulate==0.9.0")
    venv = make_venv(tmp_path / "venv", packages=["six==1.17.0", "tabulate==0.9.0"])
    here, there = captured(prefix), captured(venv)
    assert (dist(here, "six").owner, dist(here, "six").version) == ("clobbered", "1.17.0")
    assert dist(here, "tabulate").owner == "pypi"
    assert [d.name for d in here.environment.pypi] == ["six", "tabulate"]
    for name in ("six", "tabulate"):
        assert dist(here, name).digest == dist(there, name).digest
    assert check_files(prefix).altered == ()
    assert check_files(prefix).missing == ()
    assert fingerprint(str(prefix)) != before


def test_the_same_version_over_condas_is_noticed(prefix: Path) -> None:
    pip_install(prefix, "six==1.16.0", options=("--reinstall",))
    assert dist(captured(prefix), "six").owner == "clobbered"


def test_an_uninstall_over_condas_is_noticed(prefix: Path) -> None:
    run_uv("pip", "uninstall", "--quiet", "--python", str(prefix / "bin/python"), "six")
    assert kinds(captured(prefix)) == ["missing-distribution"]
