"""What a file asks for and an environment has not is found; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from envgit.errors import BadFile
from envgit.formats.conda import environment_yml
from envgit.formats.declared import unmet
from envgit.model import Distribution, Environment
from tests.formats.environments import COMMIT, conda, dist, environment, environments, folder, vcs

if TYPE_CHECKING:
    from collections.abc import Sequence

LIVE = environment(
    conda("python", "3.11.4", "h1_0_cpython"),
    conda("numpy", "1.26.4", "py311_0", build_number=3, sha256="a" * 64),
    conda("openssl", "1.1.1w", channel="pkgs/main"),
    conda("mine", "2.0", channel="https://host/team/mine"),
    conda("six", "1.16.0", "pyh_0"),
    dist("six", "1.17.0", owner="clobbered", conda_package="six"),
    dist("numpy", "1.26.4", owner="conda", conda_package="numpy"),
    dist("requests", "2.31.0"),
    dist("torch", "2.1.0+cu118"),
    dist("odd", "4.0-legacy"),
    dist("tool", "0.3", source=vcs(requested_revision="v1")),
    dist("own", "0.1", source=folder(repository=".", editable=True)),
    python="3.11.4",
)


def asked(specs: Sequence[str] = (), pip: Sequence[str] = ()) -> bytes:
    lines = ["dependencies:", "  - pip", *(f"  - {spec!r}" for spec in specs)]
    if pip:
        lines += ["  - pip:", *(f"      - {line!r}" for line in pip)]
    return "\n".join(lines).encode()


def lacks(specs: Sequence[str] = (), pip: Sequence[str] = (), live: Environment = LIVE) -> tuple[str, ...]:
    return unmet(asked(specs, pip), live, where="environment.yml")


@pytest.mark.parametrize(
    "spec",
    [
        *(
            "numpy",
            "numpy=1.26",
            "numpy=1.26.4",
            "numpy 1.26.*",
            "numpy>=1.20,<2",
            "numpy!=1.25",
            "numpy~=1.26",
        ),
        *("numpy=1.26.4=py311_0", "numpy=1.26.4=py311*", "numpy[version='>=1,<2']", "numpy[build=py3*]"),
        *("numpy[build_number='>=3']", f"numpy[sha256={'a' * 64}]", "conda-forge::numpy", "NumPy"),
        *("https://conda.anaconda.org/conda-forge::numpy", "https://mirror.example/conda-forge::numpy"),
        *(
            "conda-forge/linux-64::numpy",
            "numpy[channel=conda-forge]",
            "numpy  # for arrays",
            "numpy[extra]>1",
        ),
        *(
            "defaults::openssl",
            "pkgs/main::openssl",
            "openssl=1.1.1w",
            "mine::mine",
            "https://host/team/mine::mine",
        ),
        *("python=3.11", "python>=3.9", "__cuda>=12", "six>=1.17"),
        "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py311_0.conda",
        "requests=2.31.0=pypi_0",
        "{{ no spec }}",
    ],
)
def test_spec_is_met(spec: str) -> None:
    assert lacks([spec]) == ()


@pytest.mark.parametrize(
    ("spec", "lack"),
    [
        ("numpy=2", "numpy=2 (1.26.4 is installed)"),
        ("numpy==1.26", "numpy==1.26 (1.26.4 is installed)"),
        ("numpy>=2,<3", "numpy>=2,<3 (1.26.4 is installed)"),
        ("numpy=1.26.4=py312_0", "numpy=1.26.4=py312_0 (1.26.4 py311_0 is installed)"),
        ("numpy[build=py312*]", "numpy[build=py312*] (1.26.4 is installed)"),
        (f"numpy[sha256={'b' * 64}]", f"numpy[sha256={'b' * 64}] (1.26.4 is installed)"),
        ("bioconda::numpy", "bioconda::numpy (1.26.4 from conda-forge is installed)"),
        ("conda-forge::openssl", "conda-forge::openssl (1.1.1w from pkgs/main is installed)"),
        ("scipy", "scipy (not installed)"),
        ("requests", "requests (not installed)"),
        ("six=1.16.0", "six=1.16.0 (1.17.0 is installed)"),
        ("requests=2.30.0=pypi_0", "requests==2.30.0 (2.31.0 is installed)"),
        ("https://u:hunter2@host/t/abcdef0123456789/ch::scipy", "https://host/ch::scipy (not installed)"),
        (
            "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.3-py311_0.conda",
            "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.3-py311_0.conda "
            "(1.26.4 is installed)",
        ),
    ],
)
def test_spec_is_not_met(spec: str, lack: str) -> None:
    assert lacks([spec]) == (lack,)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "requests",
            "Requests>=2,<3",
            "requests[socks]==2.31.0",
            "requests~=2.30",
            "torch==2.1.0",
            "numpy>1",
        ),
        *("torch==2.1.0+cu118", "requests==2.31.0 --hash=sha256:aa", "requests # comment", "odd==4.0-legacy"),
        *(
            "scipy; python_version<'3.10'",
            "scipy>=1; sys_platform=='win32'",
            "requests>1; python_version>='3.11'",
        ),
        *(
            "-r more.txt",
            "--extra-index-url https://host/simple",
            "-e .",
            "./libs/own",
            "odd>=9",
            "{{ nothing }}",
        ),
        *(
            "tool @ git+https://host/o/r.git",
            "tool @ git+https://host/o/r.git@v1",
            "git+https://host/o/elsewhere",
        ),
        *(f"tool @ git+https://host/o/r.git@{COMMIT}", f"-e git+https://host/o/r.git@{COMMIT}#egg=tool"),
        *(
            "https://host/requests-2.31.0-py3-none-any.whl",
            "nowhere @ https://host/x.zip ; sys_platform=='win32'",
        ),
    ],
)
def test_requirement_is_met(line: str) -> None:
    assert lacks(pip=[line]) == ()


@pytest.mark.parametrize(
    ("line", "lack"),
    [
        ("requests<2", "requests<2 (2.31.0 is installed)"),
        ("requests==2.30", "requests==2.30 (2.31.0 is installed)"),
        ("torch==2.1.0+cpu", "torch==2.1.0+cpu (2.1.0+cu118 is installed)"),
        ("scipy", "scipy (not installed)"),
        ("six==1.16.0", "six==1.16.0 (1.17.0 is installed)"),
        (
            "requests>3; python_version>='3.11'",
            "requests>3; python_version>='3.11' (2.31.0 is installed)",
        ),
        (
            "tool @ git+https://host/o/r.git@v2",
            "tool @ git+https://host/o/r.git@v2 (0.3 is installed)",
        ),
        (
            "requests @ git+https://host/o/requests@v2",
            "requests @ git+https://host/o/requests@v2 (2.31.0 is installed)",
        ),
        (
            "https://host/requests-2.30.0-py3-none-any.whl",
            "requests @ https://host/requests-2.30.0-py3-none-any.whl (2.31.0 is installed)",
        ),
    ],
)
def test_requirement_is_not_met(line: str, lack: str) -> None:
    assert lacks(pip=[line]) == (lack,)


def test_each_line_counts_where_a_name_stands_twice() -> None:
    lines = ["requests<2; python_version<'3.10'", "requests>=2; python_version>='3.10'"]
    assert lacks(["numpy>=1", "numpy<1.26"], lines) == ("numpy<1.26 (1.26.4 is installed)",)


def test_what_pip_put_over_conda_s_may_be_asked_for() -> None:
    assert lacks(["six=1.16.0"], ["six==1.17.0"]) == ()


def test_what_is_for_another_platform_is_not_missed() -> None:
    content = b"dependencies:\n  - pywin32  # [win]\n  - numpy\n  - sel(win): pywinpty\n"
    assert unmet(content, LIVE, where="e.yml") == ()


def test_python_of_the_environment_decides_on_markers() -> None:
    line = ["scipy; python_version<'3.10'"]
    assert lacks(pip=line, live=replace(LIVE, python="3.9.18")) == (
        "scipy; python_version<'3.10' (not installed)",
    )


def test_distributions_of_a_venv_stand_for_conda_s_packages() -> None:
    venv = Environment(
        kind="venv",
        platform="linux-64",
        python="3.11.4",
        distributions=(dist("numpy", "1.26.4"), dist("ruamel-yaml", "0.18")),
    )
    assert lacks(["python=3.11", "numpy>=1.20", "conda-forge::numpy", "ruamel.yaml"], live=venv) == ()
    assert lacks(["python=3.12", "numpy>=2", "gcc"], live=venv) == (
        "python=3.12 (3.11.4 is installed)",
        "numpy>=2 (1.26.4 is installed)",
        "gcc (not installed)",
    )


@pytest.mark.parametrize(
    "content",
    [
        b"<<<<<<< HEAD\ndependencies:\n  - a\n=======\n  - b\n>>>>>>> other\n",
        b"dependencies: [a\n",
        b"\xff\xfe\x00",
        b"- just\n- a list\n",
    ],
)
def test_file_that_is_none_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(BadFile, match=r"^environment\.yml"):
        unmet(content, LIVE, where="environment.yml")


@given(environments)
def test_environment_meets_the_file_that_is_written_of_it(env: Environment) -> None:
    assert unmet(environment_yml.encode(env, name="x").encode(), env, where="e.yml") == ()


def test_environments_of_every_kind_meet_their_own_file() -> None:
    gone = Distribution(name="six", version="", owner="clobbered", conda_package="six")
    without_six = replace(LIVE, distributions=(gone,))
    venv = replace(LIVE, kind="venv", conda=(), distributions=(dist("six", "1.17.0"),))
    for env in (LIVE, without_six, venv):
        assert unmet(environment_yml.encode(env, name="x").encode(), env, where="e.yml") == ()
