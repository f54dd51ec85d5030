"""A file that knows one layer alone is compared in that one, and what it does not know is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from envgit.drift import drift
from envgit.errors import BadFile
from envgit.identity import snapshot_of
from envgit.model import Drift, Variable
from envgit.operations.common_ground import common_ground, unmet, untold
from envgit.operations.diff import diff
from envgit.operations.importing import import_file
from envgit.operations.revision import Revision
from envgit.operations.snapshot import snapshot
from envgit.operations.verify import verify
from tests.builders import make_prefix, make_repo
from tests.builders.prefix import CondaSpec
from tests.drift.environments import conda, dist, environment
from tests.operations.team import at

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment, Layer
    from envgit.operations.diff import Comparison
    from tests.builders import Repo

PYTHON_ALONE = "tells nothing of conda packages: only the Python layer is compared"
CONDA_ALONE = "tells nothing of pip's: only conda packages are compared"
LOCK = "@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/linux-64/{}.conda\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Bound to an environment of conda packages, of which one brings a distribution, and one of pip's."""
    repo = make_repo(tmp_path / "repo")
    prefix = make_prefix(
        tmp_path / "env",
        conda={"zlib": "1.3", "idna": CondaSpec(version="3.10", dists={"idna": "3.10"})},
        pypi={"six": "1.16.0"},
    )
    repo.git("config", "envgit.default.prefix", str(prefix))
    monkeypatch.chdir(repo.path)
    snapshot(at(repo), tag="paper-v1", resolve_within=None)
    return repo


def told(comparison: Comparison) -> dict[str, str]:
    return {change.name: change.kind for change in comparison.drift.changes}


def warned(comparison: Comparison) -> list[str]:
    return [warning.message for warning in comparison.warnings]


@pytest.mark.parametrize("word", ["live", "paper-v1"])
def test_requirements_are_compared_with_the_python_layer_alone(repo: Repo, word: str) -> None:
    repo.write({"theirs.txt": "six==1.17.0\nrich==13.7.0\n"})

    found = diff(at(repo), word, "theirs.txt")

    assert told(found) == {"rich": "added", "six": "upgraded"}
    assert warned(found) == [f"theirs.txt {PYTHON_ALONE}"]
    assert found.drift.differences == ()


def test_what_pip_lists_of_conda_s_counts_by_its_version(repo: Repo) -> None:
    origin = "file:///home/conda/feedstock_root/idna/work"
    repo.write({"same.txt": f"six==1.16.0\nidna @ {origin}\n", "other.txt": "six==1.16.0\nidna==2.10\n"})

    same = diff(at(repo), "same.txt", "live")
    assert told(same) == {}
    assert warned(same) == [
        f"same.txt {PYTHON_ALONE}",
        "same.txt names 1 package by a place and no version, which is not compared: idna",
    ]
    assert told(diff(at(repo), "live", "other.txt")) == {"idna": "downgraded"}


def test_what_pip_inspects_is_compared_too(repo: Repo) -> None:
    six = {"metadata": {"name": "six", "version": "1.17.0"}, "installer": "pip", "requested": True}
    inspected = {"version": "1", "pip_version": "25.0", "installed": [six], "environment": {}}
    repo.write({"inspect.json": json.dumps(inspected)})

    found = diff(at(repo), "inspect.json")

    assert told(found) == {"six": "downgraded"}
    assert warned(found) == [f"inspect.json {PYTHON_ALONE}"]


def test_an_explicit_lock_is_compared_with_conda_packages_alone(repo: Repo) -> None:
    repo.write({"lock.txt": LOCK.format("zlib-1.4-h0_0")})

    found = diff(at(repo), "live", "lock.txt")

    assert told(found) == {"idna": "removed", "python": "removed", "zlib": "upgraded"}
    assert warned(found) == [f"lock.txt {CONDA_ALONE}"]


def test_an_environment_file_knows_both_layers(repo: Repo) -> None:
    repo.write({"theirs.yml": "dependencies:\n- zlib=1.3\n- python=3.11.7\n- idna=3.10\n"})

    found = diff(at(repo), "live", "theirs.yml")

    assert told(found) == {"six": "removed"}
    assert warned(found) == []


def test_a_file_of_specs_and_one_of_pip_s_meet_in_what_both_name(repo: Repo) -> None:
    repo.write({"theirs.yml": "dependencies:\n- zlib=1.3\n- pytorch=2.1\n", "freeze.txt": "torch==2.2\n"})

    found = diff(at(repo), "theirs.yml", "freeze.txt")

    assert told(found) == {"torch": "upgraded"}
    assert warned(found) == [f"freeze.txt {PYTHON_ALONE}"]


def test_two_files_that_know_different_layers_cannot_be_compared(repo: Repo) -> None:
    repo.write({"lock.txt": LOCK.format("zlib-1.4-h0_0"), "freeze.txt": "torch==2.2\n"})

    with pytest.raises(BadFile) as caught:
        diff(at(repo), "lock.txt", "freeze.txt")

    assert caught.value.message.startswith("lock.txt and freeze.txt have nothing in common")
    assert caught.value.hint == "compare each with a snapshot, or with live"


def test_files_of_one_layer_need_no_warning(repo: Repo) -> None:
    repo.write({"one.txt": "six==1.16.0\n", "other.txt": "six==1.17.0\n"})
    found = diff(at(repo), "one.txt", "other.txt")
    assert (told(found), warned(found)) == ({"six": "upgraded"}, [])


def test_imported_requirements_are_compared_with_the_python_layer_alone(repo: Repo) -> None:
    import_file(at(repo), "theirs.txt", content=b"six==1.17.0\nidna\n", tag="theirs")

    found = diff(at(repo), "live", "theirs")

    assert told(found)["six"] == "upgraded"
    assert "zlib" not in told(found)
    assert warned(found) == [f"theirs {PYTHON_ALONE}"]


def test_prefix_agrees_with_a_list_that_it_meets_and_is_never_the_same(repo: Repo) -> None:
    import_file(at(repo), "theirs.txt", content=b"six>=1.16\nidna\n", tag="met")
    import_file(at(repo), "others.txt", content=b"six>=1.17\n", tag="unmet")
    met, unmet = verify(at(repo), "met"), verify(at(repo), "unmet")
    assert (met.agrees, met.identical, met.drift) == (True, False, Drift())
    (difference,) = unmet.drift.differences
    assert difference.sentence == "six>=1.17 is asked for, and 1.16.0 is there"
    assert not unmet.agrees


def opened(environment: Environment, *layers: Layer) -> Revision:
    return Revision(
        label="theirs",
        snapshot=snapshot_of(environment),
        layers=layers or ("conda", "pypi"),
        keeps_variables=len(layers) != 1,
    )


#: An environment with all that a list of packages says nothing of.
WHOLE = environment(
    conda("idna", "3.10", requested=("idna",)),
    dist("idna", "3.10", "conda", conda_package="idna"),
    dist("six", "1.16.0", requested=True),
    channel_priority="strict",
    specs=("idna",),
    pins=("idna 3.*",),
    variables=(Variable(name="A", value="1"),),
)


def test_of_two_layers_compared_in_conda_s_no_setting_is_left_that_a_lock_does_not_know() -> None:
    lock = environment(conda("idna", "3.10"))
    whole, _ = common_ground(opened(WHOLE), opened(lock, "conda"))
    assert whole.conda == WHOLE.conda
    assert (whole.distributions, whole.specs, whole.pins, whole.variables) == ((), (), (), ())


LOCKED = """\
version: 1
metadata:
  content_hash: {linux-64: a}
  channels: [{url: conda-forge, used_env_vars: []}]
  platforms: [linux-64]
package:
- name: zlib
  version: "1.3"
  manager: conda
  platform: linux-64
  dependencies: {}
  url: "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-h0_0.conda"
  hash: {md5: 0123456789abcdef0123456789abcdef}
  category: main
  optional: false
"""
PIXI_LOCKED = """\
version: 6
environments:
  default:
    channels: [{url: "https://conda.anaconda.org/conda-forge/"}]
    packages: {linux-64: [{conda: "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-h0_0.conda"}]}
packages:
- {conda: "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-h0_0.conda", depends: []}
"""


@pytest.mark.parametrize(("name", "lock"), [("conda-lock.yml", LOCKED), ("pixi.lock", PIXI_LOCKED)])
def test_variables_are_no_difference_to_a_lock(repo: Repo, name: str, lock: str) -> None:
    specs = "channels: [conda-forge]\ndependencies: [zlib=1.3]\nvariables: {A: '1'}\n"
    repo.write({"environment.yml": specs, name: lock})
    assert diff(at(repo), "environment.yml", name).drift == Drift()


@pytest.mark.parametrize(
    ("build", "kinds"),
    [
        ("cuda118_py310h1_0", []),
        ("py3.10_cuda11.8_cudnn8.7.0_0", []),
        ("py310h1_0", []),
        ("cpu_py310h1_0", ["downgraded"]),
    ],
)
def test_a_build_for_the_cuda_of_a_local_version_is_the_same_version(
    repo: Repo, build: str, kinds: list[str]
) -> None:
    files = {"theirs.txt": "torch==2.1.0+cu118\nnumpy==1.26.4\n"}
    exported = "# platform: linux-64\npytorch=2.1.0={}\nnumpy=1.26.4=py310h1_0\n"
    repo.write({**files, "list.txt": exported.format(build)})
    found = diff(at(repo), "theirs.txt", "list.txt")
    assert [change.kind for change in found.drift.changes] == kinds


def test_variables_are_no_difference_to_a_list_that_has_no_place_for_them() -> None:
    file = opened(environment(conda("a"), variables=(Variable(name="A", value="1"),)), "conda", "pypi")
    bare = environment(conda("a"))
    for ends in ((file, opened(bare, "conda")), (opened(bare, "conda"), file)):
        assert drift(*common_ground(*ends)) == Drift()
    (told,) = drift(*common_ground(file, opened(bare, "conda", "pypi"))).differences
    assert told.sentence == "variable A 1 removed"


def test_of_two_layers_compared_in_the_python_layer_nothing_of_conda_s_is_left() -> None:
    listed = environment(dist("idna", "3.10"), dist("six", "1.16.0"), kind="venv", channels=())
    whole, _ = common_ground(opened(WHOLE), opened(listed, "pypi"))
    assert [(d.name, d.owner, d.requested) for d in whole.distributions] == [
        ("idna", "pypi", True),
        ("six", "pypi", True),
    ]
    assert (whole.conda, whole.channels, whole.channel_priority) == ((), (), None)
    assert (whole.specs, whole.pins, whole.variables) == ((), (), ())


def test_only_a_version_that_was_left_open_can_be_unmet() -> None:
    got = environment(conda("zlib", "1.3"), dist("six", "1.16.0"))
    left_open = environment(
        conda("zlib", "", "", requested=("zlib>=1.4",)), dist("six", "", requirement="six>=1.17")
    )
    named = environment(
        conda("zlib", "1.4", "", requested=("zlib=1.4",)), dist("six", "1.17.0", requirement="six==1.17.0")
    )
    assert [difference.sentence for difference in unmet(left_open, got)] == [
        "zlib>=1.4 is asked for, and 1.3 is there",
        "six>=1.17 is asked for, and 1.16.0 is there",
    ]
    assert list(unmet(named, got)) == []


def test_what_a_list_does_not_name_is_counted_where_there_is_any() -> None:
    more = environment(*WHOLE.conda, *WHOLE.distributions, conda("zlib"), dist("rich"))
    assert untold(opened(WHOLE), WHOLE) == ()
    (warning,) = untold(opened(WHOLE), more)
    assert warning.message == (
        "theirs does not name all that belongs to it: 2 other packages are not compared"
    )
