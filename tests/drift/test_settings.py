from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.drift import drift
from envgit.drift.settings import differences
from envgit.model import Difference, Environment, Host, Variable
from tests.drift.environments import ENVIRONMENTS, conda, environment, host


def told(before: Environment, after: Environment, hosts: tuple[Host, Host] | None = None) -> list[str]:
    return [difference.sentence for difference in differences(before, after, hosts)]


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({"python": "3.11.7"}, {"python": "3.12.1"}, ["Python 3.11.7 → 3.12.1"]),
        ({"python": "3.11.7"}, {"python": None}, []),
        ({"platform": "linux-64"}, {"platform": "osx-arm64"}, ["platform linux-64 → osx-arm64"]),
        ({"platform": "linux-64"}, {"platform": ""}, []),
        (
            {"kind": "conda"},
            {"kind": "venv", "python": "3.12.1"},
            ["kind of environment conda → venv"],
        ),
        (
            {"channels": ("conda-forge",)},
            {"channels": ("conda-forge", "bioconda")},
            ["channel bioconda added after conda-forge"],
        ),
        (
            {"channels": ("conda-forge",)},
            {"channels": ("bioconda", "conda-forge")},
            ["channel bioconda added before all others"],
        ),
        ({"channels": ("a",)}, {"channels": ("b",)}, ["channel a → b"]),
        ({"channels": ("a", "c")}, {"channels": ("b", "c")}, ["channel a → b"]),
        (
            {"channels": ("a", "c")},
            {"channels": ("c", "b")},
            ["channel a removed", "channel b added after c"],
        ),
        (
            {"channels": ("a", "b", "c")},
            {"channels": ("b", "a")},
            ["channel c removed", "channel order a, b → b, a"],
        ),
        ({"channels": ("a",)}, {"channels": ()}, []),
        ({"channels": ("defaults",)}, {"channels": ("pkgs/main", "pkgs/r")}, []),
        (
            {"channels": ("pkgs/main", "c")},
            {"channels": ("c", "defaults")},
            ["channel order defaults, c → c, defaults"],
        ),
        ({"channels": ("pkgs/main",)}, {"channels": ("pkgs/r",)}, ["channel pkgs/main → pkgs/r"]),
        (
            {"channel_priority": "flexible"},
            {"channel_priority": "strict"},
            ["channel priority flexible → strict"],
        ),
        ({"channel_priority": None}, {"channel_priority": "strict"}, []),
        ({"pins": ()}, {"pins": ("numpy 1.26.*",)}, ["pin numpy 1.26.* added"]),
        (
            {"specs": ("numpy <2",)},
            {"specs": ("numpy >=2",)},
            ["requested spec numpy <2 → numpy >=2"],
        ),
        (
            {"specs": ("numpy <2", "rich")},
            {"specs": ("numpy", "python=3.12")},
            [
                "requested spec numpy <2 → numpy",
                "requested spec python=3.12 added",
                "requested spec rich removed",
            ],
        ),
        ({"pins": ("numpy 1.25.*",)}, {"pins": ("numpy 1.26.*",)}, ["pin numpy 1.25.* → numpy 1.26.*"]),
        (
            {"kind": "venv", "python": "3.12.1", "system_site_packages": False},
            {"kind": "venv", "python": "3.12.1", "system_site_packages": True},
            ["system site-packages off → on"],
        ),
    ],
)
def test_a_setting_that_changed_is_told_in_a_sentence(
    before: dict[str, Any], after: dict[str, Any], sentences: list[str]
) -> None:
    assert told(environment(**before), environment(**after)) == sentences


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), (Variable(name="CUDA_HOME"),), [("variable CUDA_HOME added", None, "CUDA_HOME")]),
        ((Variable(name="A", value="1"),), (), [("variable A 1 removed", "A=1", None)]),
        (
            (Variable(name="A", value="1"),),
            (Variable(name="A", value="2"),),
            [("variable A 1 → 2", "A=1", "A=2")],
        ),
        ((Variable(name="A", value="1"),), (Variable(name="A"),), []),
        (
            (Variable(name="__A", value="1"),),
            (Variable(name="__B"),),
            [("variable __A 1 removed", "__A=1", None), ("variable __B added", None, "__B")],
        ),
    ],
)
def test_a_variable_shows_its_value_only_where_it_was_recorded(
    before: tuple[Variable, ...], after: tuple[Variable, ...], expected: list[tuple[str, object, object]]
) -> None:
    found = differences(environment(variables=before), environment(variables=after))
    assert [(d.sentence, d.before, d.after) for d in found] == expected
    assert all(d.subject == "variables" for d in found)


def test_python_that_is_a_conda_package_is_told_as_one() -> None:
    before = environment(conda("python", "3.11.7"), python="3.11.7")
    after = environment(conda("python", "3.12.1"), python="3.12.1")
    found = drift(before, after)
    assert [change.name for change in found.changes] == ["python"]
    assert not found.differences


def test_hosts_are_compared_when_both_are_given() -> None:
    old = host("__glibc=2.31=0", "__archspec=1=haswell", "__unix=0=0", nvidia_driver="535.1")
    new = host("__glibc=2.36=0", "__archspec=1=zen4", "__unix=0=0", "__cuda=12.4=0", machine="aarch64")
    assert told(environment(), environment()) == []
    assert told(environment(), environment(), (old, new)) == [
        "__archspec 1 haswell → 1 zen4",
        "__cuda 12.4 added",
        "__glibc 2.31 → 2.36",
        "NVIDIA driver 535.1 removed",
        "host machine x86_64 → aarch64",
    ]


def test_a_difference_holds_both_sides_for_a_script() -> None:
    (glibc,) = differences(environment(), environment(), (host("__glibc=2.31=0"), host("__glibc=2.36=0")))
    assert glibc == Difference(
        subject="virtual packages",
        sentence="__glibc 2.31 → 2.36",
        before="__glibc=2.31",
        after="__glibc=2.36",
    )


def test_a_virtual_package_without_version_is_named() -> None:
    assert told(environment(), environment(), (host(), host("__odd"))) == ["__odd added"]


PREFIX: dict[str, Any] = {
    "channels": ("conda-forge",),
    "channel_priority": "strict",
    "specs": ("numpy",),
    "pins": ("numpy 1.26.*",),
    "variables": (Variable(name="CUDA_HOME"),),
    "python": "3.12.1",
}


@pytest.mark.parametrize(
    "file",
    [
        {"kind": "venv", "platform": "", "channels": ()},
        {"channels": ()},
        {"platform": "", "channels": ("conda-forge",), "variables": (Variable(name="CUDA_HOME"),)},
    ],
    ids=["requirements", "lock file", "environment.yml"],
)
def test_what_a_file_has_no_place_for_is_no_difference_to_a_prefix(file: dict[str, Any]) -> None:
    prefix = environment(**PREFIX)
    assert told(prefix, environment(**file)) == told(environment(**file), prefix) == []


def test_of_two_files_of_specs_one_has_a_variable_and_the_other_none() -> None:
    spec = conda("x", "", "", requested=("x",))
    before = environment(spec, channels=(), variables=(Variable(name="A", value="1"),))
    after = environment(spec, channels=())
    assert told(before, after) == ["variable A 1 removed"]
    assert told(after, before) == ["variable A 1 added"]


@given(ENVIRONMENTS, ENVIRONMENTS)
def test_variables_and_pins_that_came_and_went_are_all_told(before: Environment, after: Environment) -> None:
    before, after = (replace(env, python="3.12.1", specs=()) for env in (before, after))
    found = differences(before, after)
    for subject, old, new in [
        ("variables", {v.name for v in before.variables}, {v.name for v in after.variables}),
        ("pins", set(before.pins), set(after.pins)),
    ]:
        told = [d for d in found if d.subject == subject]
        came = [d for d in told if d.before is None]
        went = [d for d in told if d.after is None]
        replaced = len(told) - len(came) - len(went) if subject == "pins" else 0
        assert len(came) + replaced == len(new - old)
        assert len(went) + replaced == len(old - new)


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_any_names_at_all_can_be_compared(old: list[str], new: list[str]) -> None:
    before = environment(pins=tuple(old), variables=tuple(Variable(name=n, value=n) for n in old))
    after = environment(pins=tuple(new), variables=tuple(Variable(name=n, value=n) for n in new))
    assert bool(differences(before, after)) == (set(old) != set(new))
