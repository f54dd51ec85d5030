"""What the doctor finds in the project's own environment file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import make_prefix, make_repo
from tests.doctor.visits import follow, found, said, the_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = make_repo(tmp_path / "code")
    conda = {"zlib": "1.3", "numpy": "1.26.4", "blas": "1.0"}
    pypi = {"six": "1.16.0", "ruamel.yaml": "0.18.6", "dask": "2024.1.0"}
    prefix = make_prefix(tmp_path / "env", conda=conda, pypi=pypi, python="3.10.9")
    repo.git("config", "envgit.default.prefix", str(prefix))
    return repo


def write(repo: Repo, *conda: str, pip: tuple[str, ...] = (), name: str = "environment.yml") -> None:
    lines = ["name: x", "channels: [conda-forge]", "dependencies:", *(f"  - {spec}" for spec in conda)]
    if pip:
        lines += ["  - pip:", *(f"    - {line}" for line in pip)]
    repo.write({name: "\n".join(lines) + "\n"})


@pytest.mark.parametrize(
    "exact",
    [
        "python=3.10.9",
        "python==3.10.9",
        "numpy=1.26.4",
        "numpy==1.26.4",
        "conda-forge::zlib=1.3",
        "pip",
    ],
)
def test_exact_version_is_no_finding(repo: Repo, exact: str) -> None:
    write(repo, exact)
    assert found(repo, "project") == []


def test_exact_requirement_is_no_finding(repo: Repo) -> None:
    write(repo, "python=3.10.9", "pip", pip=("six==1.16.0", "-e .", "foo @ git+https://example.org/foo@v1"))
    assert [f for f in found(repo, "project") if "is loose" in f.message] == []
    assert said(repo, "project").startswith("environment.yml: ")


@pytest.mark.parametrize(
    ("written", "pin"),
    [
        ("python=3.10", "python=3.10.9"),
        ("python", "python=3.10.9"),
        ("python>=3.10,<3.11", "python=3.10.9"),
        ("numpy=1.26", "numpy=1.26.4"),
        ("numpy 1.26.*", "numpy=1.26.4"),
        ('"numpy >=1.20,<2"', "numpy=1.26.4"),
        ("conda-forge::zlib", "conda-forge::zlib=1.3"),
        ("zlib  # compresses", "zlib=1.3"),
        ("zlib[version='>=1']", "zlib=1.3"),
        ("blas=*=h*", "blas=1.0="),
    ],
)
def test_loose_spec_is_named_with_its_line_and_the_live_version(repo: Repo, written: str, pin: str) -> None:
    write(repo, "six", written)
    repo.write({"environment.yml": (repo.path / "environment.yml").read_text().replace("  - six\n", "\n")})
    finding = the_only(repo, "project")
    assert finding.severity == "warning"
    assert finding.message.startswith("environment.yml:5: ")
    assert f" is loose; live now is {pin}" in finding.message
    before = (repo.path / "environment.yml").read_text()
    follow(repo, finding)
    assert found(repo, "project") == []
    after = (repo.path / "environment.yml").read_text()
    assert pin in after.splitlines()[4]
    assert ("# compresses" in after) == ("# compresses" in before)


@pytest.mark.parametrize(
    ("written", "pin"),
    [
        ("six", "six==1.16.0"),
        ("six>=1.0", "six==1.16.0"),
        ("six==1.*", "six==1.16.0"),
        ("Ruamel_YAML", "Ruamel_YAML==0.18.6"),
        ("dask[array]>2020", "dask[array]==2024.1.0"),
        ("'dask ; python_version > \"3\"'", 'dask==2024.1.0 ; python_version > "3"'),
    ],
)
def test_loose_requirement_is_named_with_its_line_and_the_live_version(
    repo: Repo, written: str, pin: str
) -> None:
    write(repo, "python=3.10.9", pip=(written,))
    finding = the_only(repo, "project")
    assert finding.message.startswith("environment.yml:6: ")
    assert finding.message.endswith(f" is loose; live now is {pin}")
    follow(repo, finding)
    assert found(repo, "project") == []


def test_same_name_in_both_layers_is_told_apart(repo: Repo) -> None:
    write(repo, "python=3.10.9", "six=1.16.0", pip=("six",))
    assert [finding.message for finding in found(repo, "project")] == [
        "environment.yml:5: six=1.16.0 is not met: not installed",
        "environment.yml:7: six is loose; live now is six==1.16.0",
    ]


def test_channel_with_the_name_of_a_package_is_not_taken_for_it(repo: Repo) -> None:
    repo.write({"environment.yml": "channels:\n- zlib\ndependencies:\n- zlib\nvariables:\n- zlib: 1\n"})
    assert the_only(repo, "project").message.startswith("environment.yml:4: zlib is loose")


def test_items_after_the_pip_section_are_condas_again(repo: Repo) -> None:
    repo.write({"environment.yml": "dependencies:\n  - pip:\n    - six\n  - zlib\n"})
    pip, conda = found(repo, "project")
    assert pip.message == "environment.yml:3: six is loose; live now is six==1.16.0"
    assert conda.message == "environment.yml:4: zlib is loose; live now is zlib=1.3"


def test_credentials_in_a_spec_are_not_shown(repo: Repo) -> None:
    write(repo, "https://ada:hunter22@example.org/conda/private::zlib")
    (finding,) = found(repo, "project")
    assert "hunter22" not in finding.message + finding.command


def test_spec_in_a_flow_list_is_named_without_a_line(repo: Repo) -> None:
    repo.write({"environment.yml": "dependencies: [zlib]\n"})
    finding = the_only(repo, "project")
    assert (finding.message, finding.command) == (
        "environment.yml: zlib is loose; live now is zlib=1.3",
        "",
    )


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("numpy>=99", "1.26.4 is installed"),
        ("numpy >=99,<100  # new", "1.26.4 is installed"),
        ("numpy==1.26", "1.26.4 is installed"),
        ("zlib=9", "1.3 is installed"),
        ("bioconda::numpy=1.26.4", "1.26.4 from conda-forge is installed"),
        ("scipy>1", "not installed"),
    ],
)
def test_spec_that_the_live_environment_does_not_meet_is_said_as_such(
    repo: Repo, written: str, state: str
) -> None:
    write(repo, "python=3.10.9", written)
    finding = the_only(repo, "project")
    assert (finding.severity, finding.command) == ("warning", "")
    spec = written.partition("  #")[0]
    assert finding.message == f"environment.yml:5: {spec} is not met: {state}"


@pytest.mark.parametrize("written", ["six>=99", "six==9", "Six >= 99", "'ruamel_yaml>9'"])
def test_requirement_that_the_live_environment_does_not_meet_is_said_as_such(
    repo: Repo, written: str
) -> None:
    write(repo, "python=3.10.9", pip=(written,))
    finding = the_only(repo, "project")
    assert (finding.severity, finding.command) == ("warning", "")
    assert finding.message.startswith("environment.yml")
    assert finding.message.endswith(" is installed")
    assert " is not met: " in finding.message


def test_loose_specs_are_named_where_no_environment_is_bound(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "other")
    write(repo, "python=3.10", name="environment.yaml")
    assert the_only(repo, "project").message.startswith("environment.yaml:4: python=3.10 is loose")


def test_file_that_is_no_yaml_is_named_with_the_line(repo: Repo) -> None:
    repo.write({"environment.yml": "name: x\ndependencies:\n\t- python\n"})
    finding = the_only(repo, "project")
    assert finding.severity == "warning"
    assert finding.message.startswith("environment.yml, line 3")


def test_work_tree_without_an_environment_file_is_no_finding(repo: Repo) -> None:
    assert found(repo, "project") == []
