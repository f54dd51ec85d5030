"""Real prefixes of public projects: read without a crash, and to the numbers that a look at them gives."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from envgit.capture.history import read_history
from envgit.errors import NotAPrefix
from tests.capture.captures import captured, dist, kinds, package

if TYPE_CHECKING:
    from pathlib import Path

#: Such distributions count as clobbered.
MISSING = "missing-distribution"  # the folder holds conda-meta alone, or not every file of site-packages


class Seen(NamedTuple):
    """What a capture of a prefix gives, in numbers."""

    platform: str
    python: str | None
    packages: int
    channels: tuple[str, ...]
    specs: tuple[str, ...] = ()
    owners: dict[str, int] = {}  # noqa: RUF012 - never changed
    warnings: tuple[str, ...] = ()


AXCHANGE = "https://axchange.axiros.com/pub/conda_axchange/channel"
RATTLER_SPECS = (
    "conda-forge/noarch::pip==23.0=pyhd8ed1ab_0[md5=85b35999162ec95f9f999bac15279c02]",
    "conda-forge/noarch::wheel==0.38.4=pyhd8ed1ab_0[md5=c829cfb8cb826acb9de0ac1a2df0a940]",
    "conda-forge/win-64::vc==14.3=hb6edc58_10[md5=52d246d8d14b83c516229be5bb03a163]",
)

CONDA_META = {
    "AHC-Santino__example_conda_environment__prefix": Seen(
        "win-64", "3.12.7", 18, ("conda-forge",), ("python=3.12",), {}, (MISSING,)
    ),
    "AXGKl__be_black__prefix": Seen(
        "linux-64",
        "3.7.0",
        42,
        ("defaults", AXCHANGE),
        ("conda", "constructor", "git", "jq", "python=3", "vim"),
        {},
        (MISSING,),
    ),
    "IwamuraLabSGI__miniforge3__prefix-NRIpy": Seen(
        "osx-arm64",
        "3.8.13",
        85,
        ("conda-forge",),
        ("numpy", "opencv", "pandas", "python=3.8"),
        {},
        (MISSING,),
    ),
    "conda-incubator__conda-lockfiles__environments/single_package": Seen(
        "linux-64", None, 1, ("conda-forge",), ("python_abi",)
    ),
    "conda-incubator__conda-lockfiles__environments/single_package_no_url": Seen(
        "linux-64", None, 1, ("conda-forge",), ("python_abi",)
    ),
    "conda__conda__env_metadata__envpy27osx": Seen(
        "osx-64", "2.7.15", 16, ("defaults",), ("python=2.7",), {"orphan": 43, "clobbered": 4}, (MISSING,)
    ),
    "conda__conda__env_metadata__envpy27win_whl": Seen(
        "win-64", "2.7.15", 8, ("defaults",), ("python=2.7",), {"pypi": 59, "clobbered": 5}, (MISSING,)
    ),
    "conda__conda__env_metadata__envpy313tosx_whl": Seen(
        "osx-arm64",
        "3.13.2",
        16,
        ("conda-forge",),
        ("pip", "python=3.13", "python_abi[build=*_cp313t]"),
        {"conda": 1, "pypi": 1},
    ),
    "conda__conda__env_metadata__envpy37osx_whl": Seen(
        "osx-64", "3.7.0", 17, ("defaults",), ("python=3.7",), {"pypi": 54, "clobbered": 4}, (MISSING,)
    ),
    "conda__conda__env_metadata__envpy37win": Seen(
        "win-64", "3.7.0", 8, ("defaults",), ("python=3.7",), {"orphan": 37, "clobbered": 5}, (MISSING,)
    ),
    "conda__conda__env_metadata__py27-osx-no-binary": Seen(
        "osx-64",
        "2.7.15",
        34,
        ("defaults",),
        ("h5py", "lxml", "nomkl", "numpy", "pip=8", "python=2"),
        {"conda": 11, "pypi": 56},
    ),
    "conda__conda__env_metadata__py36-osx-whl": Seen(
        "osx-64",
        "3.6.6",
        31,
        ("defaults",),
        ("h5py", "lxml", "nomkl", "numpy", "python=3.6"),
        {"pypi": 50, "clobbered": 8},
        (MISSING,),
    ),
    # Not a prefix but a heap of records, of two platforms and with three packages in two versions.
    "conda__rattler__test-data": Seen(
        "osx-arm64", "3.11.9", 38, ("conda-forge",), RATTLER_SPECS, {}, ("duplicate-record",) * 3 + (MISSING,)
    ),
    "prefix-dev__pixi__pixi_global": Seen("linux-64", "3.12.3", 2, ("conda-forge",)),
    "conda__conda__corrupt/json": Seen("linux-64", None, 0, (), (), {}, ("corrupt-record",)),
    "conda__conda__corrupt/unicode": Seen("linux-64", None, 0, (), (), {}, ("corrupt-record",)),
    "conda__conda__corrupt/dot_underscore": Seen("linux-64", None, 1, ("defaults",)),
}
#: A history and nothing else.
HISTORIES = {
    "mamba-org__mamba__history-parse",
    "mamba-org__mamba__history-parse_metadata",
    "mamba-org__mamba__history-parse_segfault",
}


def test_every_prefix_of_the_corpus_is_looked_at(corpus: Path) -> None:
    folder = corpus / "conda-meta"
    found = {meta.parent.relative_to(folder).as_posix() for meta in folder.rglob("conda-meta")}
    assert found == {*CONDA_META, *HISTORIES}


@pytest.mark.parametrize(("name", "seen"), CONDA_META.items(), ids=CONDA_META)
def test_a_real_conda_prefix_is_read(corpus: Path, name: str, seen: Seen) -> None:
    found = captured(corpus / "conda-meta" / name)
    environment = found.environment
    if seen.packages > 1:  # the platform of noarch packages alone is that of this machine
        assert environment.platform == seen.platform
    assert environment.python == seen.python
    assert len(environment.conda) == seen.packages
    assert environment.channels == seen.channels
    assert environment.specs == seen.specs
    assert Counter(d.owner for d in environment.distributions) == seen.owners
    assert kinds(found) == list(seen.warnings)
    assert environment.channel_priority is None


@pytest.mark.parametrize("name", sorted(HISTORIES))
def test_a_history_without_records_is_no_prefix(corpus: Path, name: str) -> None:
    with pytest.raises(NotAPrefix, match="no package record"):
        captured(corpus / "conda-meta" / name)


def test_real_histories_are_replayed(corpus: Path) -> None:
    def specs(name: str) -> dict[str, str]:
        text = (corpus / "conda-meta" / name / "conda-meta/history").read_text()
        return read_history(text).specs

    assert specs("mamba-org__mamba__history-parse") == {
        "cpp-tabulate": "cpp-tabulate",
        "nlohmann_json": "",
        "openssl": "openssl=3.5.0",
        "wheel": "wheel=0.40.0",
        "xtl": "xtl=0.8.0",
    }
    pandas = 'pandas[version=">=0.25.2,<3"]'
    assert specs("mamba-org__mamba__history-parse_metadata") == {"pandas": pandas}
    assert specs("mamba-org__mamba__history-parse_segfault") == {}


def test_real_records_are_reduced_without_loss(corpus: Path) -> None:
    six = package(captured(corpus / "conda-meta/IwamuraLabSGI__miniforge3__prefix-NRIpy"), "six")
    assert (six.version, six.build, six.subdir, six.noarch) == ("1.16.0", "pyh6c4a22f_0", "noarch", "python")
    assert six.sha256 == "a85c38227b446f42c5b90d9b642f2c0567880c15d72492d8da074a59c8f91dd6"
    assert six.md5 == "e5f25f8dbc060e9a8d912e432202afc2"
    assert six.url == "https://conda.anaconda.org/conda-forge/noarch/six-1.16.0-pyh6c4a22f_0.tar.bz2"
    assert (six.depends, six.timestamp, six.size) == (("python",), 1620240338595, 14259)
    by_mamba = package(captured(corpus / "conda-meta/conda__rattler__test-data"), "pysocks")
    assert (by_mamba.channel, by_mamba.build, by_mamba.requested) == ("conda-forge", "pyh0701188_6", ())


class Whole(NamedTuple):
    """A prefix with its dist-info: owners by name, and what capture warns of."""

    conda: str
    pypi: str
    warnings: tuple[str, ...]


WHOLE = {
    "AHC-Santino__example_conda_environment__prefix": Whole("pip setuptools wheel", "", ()),
    "AXGKl__be_black__prefix": Whole(
        "asn1crypto certifi cffi chardet conda cryptography idna pip pycosat pycparser pyopenssl pysocks"
        " requests ruamel-yaml setuptools six urllib3 wheel",
        "appdirs attrs black click gevent greenlet httpie pygments rx structlog toml",
        (MISSING,),
    ),
    "IwamuraLabSGI__miniforge3__prefix-NRIpy": Whole(
        "numpy opencv-python pandas pip python-dateutil pytz setuptools six wheel",
        "click flask importlib-metadata itsdangerous jinja2 markupsafe werkzeug zipp",
        (),
    ),
}


@pytest.fixture
def whole(corpus: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A prefix put together from its conda-meta and its dist-info."""
    prefix = tmp_path / str(request.param)
    shutil.copytree(corpus / "conda-meta" / request.param, prefix)
    shutil.copytree(corpus / "prefix-pip-metadata" / request.param, prefix, dirs_exist_ok=True)
    return prefix


@pytest.mark.parametrize("whole", WHOLE, indirect=True)
def test_the_owners_in_a_real_prefix_are_told(whole: Path) -> None:
    seen = WHOLE[whole.name]
    found = captured(whole)
    by_owner = dict.fromkeys(("conda", "pypi"), "")
    there = [one for one in found.environment.distributions if not one.uninstalled]
    for one in there:
        by_owner[one.owner] = f"{by_owner[one.owner]} {one.name}".strip()
    assert by_owner == {"conda": seen.conda, "pypi": seen.pypi}
    assert kinds(found) == list(seen.warnings)
    assert (len(found.environment.distributions) > len(there)) == (MISSING in seen.warnings)
    assert all(one.digest for one in there if one.owner == "pypi")
    assert all(one.source is None for one in found.environment.distributions)


@pytest.mark.parametrize("whole", ["IwamuraLabSGI__miniforge3__prefix-NRIpy"], indirect=True)
def test_conda_and_pypi_names_differ_in_a_real_prefix(whole: Path) -> None:
    found = captured(whole)
    assert dist(found, "opencv-python").conda_package == "libopencv"
    assert dist(found, "markupsafe").tags == ("cp38-cp38-macosx_10_9_universal2",)
    assert dist(found, "flask").depends[:3] == ("Werkzeug (>=2.0)", "Jinja2 (>=3.0)", "itsdangerous (>=2.0)")
