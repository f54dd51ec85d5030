from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.capture.history import name_of_spec, read_history

CREATED = "==> 2024-05-01 12:00:00 <==\n# cmd: conda create -n demo python=3.11\n"


@pytest.mark.parametrize(
    ("lines", "specs"),
    [
        ("# update specs: ['python=3.11', 'numpy']", {"python": "python=3.11", "numpy": "numpy"}),
        ('# update specs: ["python=3.11"]', {"python": "python=3.11"}),
        ("# install specs: numpy >=1.2,<2,scipy", {"numpy": "numpy >=1.2,<2", "scipy": "scipy"}),
        ("# create specs: ['python']\n# neutered specs: ['python=3']", {"python": "python=3"}),
        ("# update specs: ['a']\n==> x <==\n# remove specs: ['a']", {"a": ""}),
        ("# update specs: ['a=1']\n==> x <==\n# update specs: ['a=2']", {"a": "a=2"}),
        ("# update specs: ['a']\n# remove specs: ['a']", {"a": "a"}),
        ("# remove specs: ['a']\n# update specs: ['a']", {"a": "a"}),
        ("# update specs: ['nomkl@', '']", {}),
        ("# update specs: [", {}),
        ("# update specs: [1, None]", {}),
        ("# update specs: {}", {}),
        ("# update specs:", {}),
        ("nonsense\n==>x<==\n#" + "x" * 40_000, {}),
    ],
)
def test_the_last_request_for_a_package_counts(lines: str, specs: dict[str, str]) -> None:
    assert read_history(CREATED + lines + "\n").specs == specs


@pytest.mark.parametrize(
    ("commands", "channels"),
    [
        (["conda create -c pytorch -c conda-forge python"], ("pytorch", "conda-forge")),
        (
            ["conda create -c conda-forge python", "conda install -c pytorch torch"],
            ("pytorch", "conda-forge"),
        ),
        (
            ["conda install --channel=bioconda bwa", "mamba install --channel nvidia cuda"],
            ("nvidia", "bioconda"),
        ),
        (["conda install -c"], ()),
        (["/opt/conda/bin/conda create --override-channels -c conda-forge x"], ("conda-forge",)),
    ],
)
def test_channels_of_the_latest_command_come_first(commands: list[str], channels: tuple[str, ...]) -> None:
    text = "".join(f"==> 2024 <==\n# cmd: {command}\n" for command in commands)
    assert read_history(text).channels == channels


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("numpy", "numpy"),
        ("NumPy >=1.2,<2", "numpy"),
        ("conda-forge::numpy=1.26", "numpy"),
        ("conda-forge/linux-64::xtl==0.7.2", "xtl"),
        ("python_abi[build=*_cp313t]", "python_abi"),
        ("numpy[version='>=1',channel=a::b]", "numpy"),
        ("https://host.example/team::zlib", "zlib"),
        ("https://conda.anaconda.org/conda-forge/linux-64/scikit-learn-1.4.0-py311_0.conda", "scikit-learn"),
        ("https://host.example/x/noarch/_r-mutex-1.0.1-r_1.tar.bz2#abc", "_r-mutex"),
        ("_libgcc_mutex", "_libgcc_mutex"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("", ""),
        ("*", ""),
    ],
)
def test_a_spec_begins_with_the_name_of_its_package(spec: str, name: str) -> None:
    assert name_of_spec(spec) == name


@pytest.mark.parametrize("unit", ["a-", "a.", "a::", "/", "a,", ", ", "#", "[", "a-1-0.conda"])
def test_a_long_spec_takes_no_long_time(unit: str) -> None:
    started = time.monotonic()
    name_of_spec(unit * 20_000)
    read_history(f"==> 2024 <==\n# update specs: {unit * 20_000}\n# cmd: conda install {unit * 20_000}")
    assert time.monotonic() - started < 2


@given(st.text())
def test_any_text_is_a_history(text: str) -> None:
    read_history(text)
    read_history(f"# update specs: {text}")
