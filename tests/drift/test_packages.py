from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from envgit.drift import CONDA_SHOWS_AGAIN, OVER_CONDA, drift
from envgit.drift.packages import package_changes
from envgit.drift.sentences import change_in_words
from envgit.model import Change, CondaPackage, Distribution, Drift, Environment, Side, Source
from tests.drift.environments import ENVIRONMENTS, conda, dist, environment

if TYPE_CHECKING:
    from collections.abc import Iterator


def only_change(before: Environment, after: Environment) -> Change:
    (change,) = package_changes(before, after)
    return change


@pytest.mark.parametrize(
    ("old", "new", "kind", "detail"),
    [
        (conda("a", "1.9"), conda("a", "1.10"), "upgraded", ""),
        (conda("a", "1.10"), conda("a", "1.9"), "downgraded", ""),
        (conda("a", "1.0"), conda("a", "1.0.0"), "rebuilt", ""),
        (conda("a", build="h1_0"), conda("a", build="h2_0"), "rebuilt", ""),
        (conda("a", build="h1_0"), conda("a", build="h2_0", channel="defaults"), "rebuilt", ""),
        (conda("a", sha256="aa"), conda("a", sha256="bb"), "rebuilt", "other bytes"),
        (conda("a", md5="aa"), conda("a", md5="bb"), "rebuilt", "other bytes"),
        (conda("a"), conda("a", subdir="osx-64"), "rebuilt", "linux-64 → osx-64"),
        (conda("a"), conda("a", channel="defaults"), "rechanneled", ""),
        (conda("a", sha256="aa"), conda("a", channel="d", sha256="bb"), "rechanneled", "other bytes"),
        (
            conda("a", depends=("b >=1", "c")),
            conda("a", depends=("c", "b >=1,<2")),
            "metadata",
            "depends +b >=1,<2, −b >=1",
        ),
        (
            conda("a", depends=("b",), constrains=("d <1",)),
            conda("a", depends=("b", "e"), constrains=("d <2",)),
            "metadata",
            "depends +e; constrains +d <2, −d <1",
        ),
    ],
)
def test_what_became_of_a_conda_package(old: CondaPackage, new: CondaPackage, kind: str, detail: str) -> None:
    change = only_change(environment(old), environment(new))
    assert (change.layer, change.name, change.kind, change.detail) == ("conda", "a", kind, detail)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (conda("a", "1.0"), conda("a", "")),
        (conda("a", build=""), conda("a", build="h1_0")),
        (conda("a", channel=""), conda("a")),
        (conda("a", subdir=""), conda("a")),
        (conda("a", sha256="aa"), conda("a")),
        (conda("a", sha256="aa", md5="cc"), conda("a", md5="cc")),
        (conda("a", sha256="aa", md5="cc"), conda("a", sha256="aa", md5="dd")),
        (conda("a", depends=("b",)), conda("a")),
        (conda("a", depends=("b", "c")), conda("a", depends=("c", "b"))),
        (conda("a", url="https://mirror.example/a"), conda("a", url="https://conda.example/a")),
        (conda("a", requested=("a",)), conda("a")),
        (conda("a", timestamp=1), conda("a", timestamp=1000)),
        (dist("a", "1.0"), dist("a", "", digest=None)),
        (dist("a", digest=None), dist("a")),
        (dist("a", owner="orphan"), dist("a", owner="pypi")),
        (dist("a", installer="pip"), dist("a", installer="uv")),
        (
            dist("a", source=Source(kind="directory", url="file:///home/me/a")),
            dist("a", source=Source(kind="directory", url="file:///home/you/a")),
        ),
        (
            dist("a", digest=None),  # a file's `a==1.0`
            dist("a", source=Source(kind="vcs", url="https://git.example/a")),
        ),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_what_is_unknown_or_of_no_account_is_no_change(
    old: CondaPackage | Distribution, new: CondaPackage | Distribution, swapped: bool
) -> None:
    before, after = (new, old) if swapped else (old, new)
    assert not drift(environment(before), environment(after))


COMMITS = [
    Source(kind="vcs", url="https://git.example/a", commit="1234567890abcdef"),
    Source(kind="vcs", url="https://git.example/a", commit="fedcba0987654321"),
]


@pytest.mark.parametrize(
    ("old", "new", "kind", "detail"),
    [
        (dist("a", "1.9"), dist("a", "1.10"), "upgraded", ""),
        (dist("a", "1.0"), dist("a", "1.0rc1"), "downgraded", ""),
        (dist("a", digest="aa"), dist("a", digest="bb"), "rebuilt", "other bytes"),
        (
            dist("a", digest="aa", source=COMMITS[0]),
            dist("a", digest="bb", source=COMMITS[1]),
            "rebuilt",
            "commit 123456789 → fedcba098",
        ),
        (
            dist("a", digest="aa", source=COMMITS[0]),
            dist("a", digest="aa", source=COMMITS[1]),
            "metadata",
            "commit 123456789 → fedcba098",
        ),
        (dist("a", digest="aa"), dist("a", digest="aa", source=COMMITS[0]), "rechanneled", ""),
        (dist("a", digest="aa"), dist("a", digest="bb", source=COMMITS[0]), "rechanneled", "other bytes"),
    ],
)
def test_what_became_of_a_distribution(old: Distribution, new: Distribution, kind: str, detail: str) -> None:
    change = only_change(environment(old), environment(new))
    assert (change.layer, change.name, change.kind, change.detail) == ("pypi", "a", kind, detail)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (conda("a", "", "", requested=("a >=1",)), conda("a", "", "", requested=("a >=2",))),
        (
            dist("a", "", digest=None, requirement="a >=1"),
            dist("a", "", digest=None, requirement="a >=2"),
        ),
    ],
)
def test_of_two_files_that_pin_no_version_the_specs_are_compared(
    old: CondaPackage | Distribution, new: CondaPackage | Distribution
) -> None:
    change = only_change(environment(old), environment(new))
    assert (change.kind, change.detail) == ("metadata", "asked for a >=1 → a >=2")


@pytest.mark.parametrize("spec", ["a", "A >=2", "conda-forge::a=2", "conda-forge/linux-64::a[version=2]"])
def test_a_spec_in_the_history_alone_makes_a_change_requested(spec: str) -> None:
    before, after = environment(conda("a", "1.0"), conda("b")), environment(conda("a", "2.0"))
    history = environment(conda("a", "2.0"), specs=(spec,))
    assert [change.requested for change in package_changes(before, after)] == [False, False]
    assert [change.requested for change in package_changes(before, history)] == [True, False]


def test_sides_say_version_build_and_channel() -> None:
    before = environment(conda("a", "1.0", "h1_0"), dist("b", "1.0"))
    after = environment(
        conda("a", "2.0", "", channel=""),
        dist("b", "2.0", source=Source(kind="archive", url="https://x/b.whl")),
    )
    a, b = package_changes(before, after)
    assert a.before == Side(version="1.0", build="h1_0", channel="conda-forge")
    assert a.after == Side(version="2.0")
    assert b.before == Side(version="1.0", channel="pypi")
    assert b.after == Side(version="2.0", channel="https://x/b.whl")


def test_changes_come_in_order_of_layer_and_name() -> None:
    before = environment(conda("z"), conda("b"), dist("a"), dist("k"))
    after = environment(conda("c"), conda("b", "2.0"), dist("a", "2.0"), dist("j"))
    assert [(c.layer, c.name, c.kind) for c in package_changes(before, after)] == [
        ("conda", "b", "upgraded"),
        ("conda", "c", "added"),
        ("conda", "z", "removed"),
        ("pypi", "a", "upgraded"),
        ("pypi", "j", "added"),
        ("pypi", "k", "removed"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (conda("a", "1.0", requested=("a",)), conda("a", "2.0")),
        (conda("a", "1.0"), conda("a", "2.0", requested=("a >=2",))),
        (dist("a", "1.0", requested=True), dist("a", "2.0")),
    ],
)
def test_a_change_is_requested_when_either_side_was(
    old: CondaPackage | Distribution, new: CondaPackage | Distribution
) -> None:
    assert only_change(environment(old), environment(new)).requested


def test_what_conda_owns_is_told_by_its_package_alone() -> None:
    before = environment(conda("numpy", "1.0"), dist("numpy", "1.0", "conda", conda_package="numpy"))
    after = environment(conda("numpy", "2.0"), dist("numpy", "2.0", "conda", conda_package="numpy"))
    assert only_change(before, after).layer == "conda"


PYTORCH = conda("pytorch", "2.1", "cuda_0", channel="pytorch", requested=("pytorch",))
TORCH_BY_CONDA = dist("torch", "2.1", "conda", conda_package="pytorch")
TORCH_BY_PIP = dist("torch", "2.2")


def test_a_package_replaced_by_pip_under_another_name_has_moved() -> None:
    change = only_change(environment(PYTORCH, TORCH_BY_CONDA), environment(TORCH_BY_PIP))
    assert change == Change(
        layer="pypi",
        name="torch",
        kind="moved",
        before=Side(version="2.1", build="cuda_0", channel="pytorch", name="pytorch"),
        after=Side(version="2.2", channel="pypi"),
        requested=True,
        magnitude="minor",
    )


def test_a_package_replaced_by_conda_under_another_name_has_moved() -> None:
    change = only_change(environment(TORCH_BY_PIP), environment(PYTORCH, TORCH_BY_CONDA))
    assert change == Change(
        layer="conda",
        name="pytorch",
        kind="moved",
        before=Side(version="2.2", channel="pypi", name="torch"),
        after=Side(version="2.1", build="cuda_0", channel="pytorch"),
        requested=True,
        magnitude="minor",
    )


def test_a_package_that_pip_overwrote_has_moved_and_so_it_has_when_conda_restores_it() -> None:
    whole = environment(
        conda("requests", "2.31"), dist("requests", "2.31", "conda", conda_package="requests")
    )
    clobbered = environment(
        conda("requests", "2.31"), dist("requests", "2.32", "clobbered", conda_package="requests")
    )
    there, back = only_change(whole, clobbered), only_change(clobbered, whole)
    assert (there.layer, there.kind, there.detail) == ("pypi", "moved", OVER_CONDA)
    assert (back.layer, back.kind, back.detail) == ("conda", "moved", CONDA_SHOWS_AGAIN)
    assert there.before == back.after == Side(version="2.31", build="h0_0", channel="conda-forge")
    assert there.after == back.before == Side(version="2.32", channel="pypi")


def test_a_record_that_went_from_under_what_pip_had_installed_over_it_is_told_as_one() -> None:
    requests = conda("requests", requested=("requests",), depends=("idna",))
    overwritten = environment(
        requests, conda("idna", "3.10"), dist("idna", "3.20", "clobbered", conda_package="idna")
    )
    pip_s = environment(requests, dist("idna", "3.20"))
    (gone,), (back,) = drift(overwritten, pip_s).changes, drift(pip_s, overwritten).changes
    assert (gone.layer, gone.kind, gone.through) == ("conda", "removed", ())
    assert change_in_words(gone) == "idna: conda's record is gone, pip's 3.20 stays"
    assert (back.layer, back.kind) == ("conda", "added")
    assert change_in_words(back) == "idna: conda's record is back, pip's 3.20 stays"


def test_a_package_that_went_with_what_pip_had_installed_over_it_is_removed_like_any() -> None:
    overwritten = environment(conda("idna", "3.10"), dist("idna", "3.20", "clobbered", conda_package="idna"))
    changes = drift(overwritten, environment()).changes
    assert [(c.layer, c.kind, c.detail) for c in changes] == [
        ("conda", "removed", ""),
        ("pypi", "removed", ""),
    ]


def test_of_two_distributions_of_one_package_one_moves_and_the_other_is_added() -> None:
    before = environment(
        conda("grpc"),
        dist("grpcio", owner="conda", conda_package="grpc"),
        dist("grpcio-status", owner="conda", conda_package="grpc"),
    )
    after = environment(dist("grpcio"), dist("grpcio-status"))
    assert [(c.name, c.kind) for c in package_changes(before, after)] == [
        ("grpcio", "moved"),
        ("grpcio-status", "added"),
    ]


def test_names_that_mean_two_things_do_not_move() -> None:
    """Conda's tzdata is the time zone database; PyPI's tzdata is conda's python-tzdata."""
    before = environment(
        conda("tzdata"), conda("python-tzdata"), dist("tzdata", owner="conda", conda_package="python-tzdata")
    )
    after = environment(conda("python-tzdata"), dist("tzdata", owner="conda", conda_package="python-tzdata"))
    with_pip = environment(conda("python-tzdata"), dist("tzdata"))
    assert [c.kind for c in package_changes(before, after)] == ["removed"]
    assert [(c.layer, c.kind) for c in package_changes(before, with_pip)] == [
        ("conda", "removed"),
        ("pypi", "added"),
    ]


def test_without_a_capture_like_names_are_the_same_thing() -> None:
    change = only_change(environment(conda("Ruamel.YAML")), environment(dist("ruamel-yaml")))
    assert (change.kind, change.name, change.before and change.before.name) == (
        "moved",
        "ruamel-yaml",
        "Ruamel.YAML",
    )


@pytest.mark.parametrize(
    ("packages", "distribution", "mover"),
    [
        (["pytorch"], "torch", "pytorch"),
        (["py-opencv", "opencv", "libopencv"], "opencv-python-headless", "py-opencv"),
        (["matplotlib", "matplotlib-base"], "matplotlib", "matplotlib-base"),
        (["matplotlib"], "matplotlib", "matplotlib"),
        (["numpy", "numpy-base"], "numpy", "numpy-base"),
        (["graphviz", "python-graphviz"], "graphviz", "python-graphviz"),
        (["xxhash", "python-xxhash"], "xxhash", "python-xxhash"),
        (["h3", "h3-py"], "h3", "h3-py"),
        (["python-lmdb"], "lmdb", "python-lmdb"),
        (["pysoundfile"], "soundfile", "pysoundfile"),
        (["duckdb", "python-duckdb"], "duckdb", "python-duckdb"),
        (["duckdb"], "duckdb", "duckdb"),
    ],
)
def test_without_a_capture_the_package_that_holds_the_files_has_moved(
    packages: list[str], distribution: str, mover: str
) -> None:
    changes = package_changes(environment(*map(conda, packages)), environment(dist(distribution)))
    moved = [c for c in changes if c.kind == "moved"]
    assert [(c.name, c.before and (c.before.name or c.name)) for c in moved] == [(distribution, mover)]
    assert {c.name for c in changes if c.kind == "removed"} == {*packages} - {mover}


@pytest.mark.parametrize("name", ["graphviz", "snappy", "tzdata", "wget", "xxhash", "lmdb", "h3", "tk", "jq"])
def test_a_library_in_c_is_not_its_namesake_on_the_index(name: str) -> None:
    changes = package_changes(environment(conda(name)), environment(dist(name)))
    assert [(c.layer, c.kind) for c in changes] == [("conda", "removed"), ("pypi", "added")]


def test_a_move_that_names_alone_tell_is_no_step_from_one_version_to_the_other() -> None:
    package, distribution = environment(conda("a", "1.21")), environment(dist("a", "3.2"))
    for before, after in ((package, distribution), (distribution, package)):
        change = only_change(before, after)
        assert (change.kind, change.magnitude) == ("moved", None)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("file", "live", "detail"),
    [
        (conda("a", "1.26", ""), conda("a", "1.26.4"), None),
        (conda("a", "", "", requested=("a>=2",)), conda("a", "2.1.0"), None),
        (conda("a", "", "", requested=("c::a[version='1.26.*']",)), conda("a", "1.26.4"), None),
        (conda("a", "", "", requested=("a",)), conda("a", "1.26.4"), None),
        (conda("a", "", "", requested=("a >=2",)), conda("a", "1.26.4"), ("a >=2", "1.26.4")),
        (conda("a", "", "", requested=("a=1.2",)), conda("a", "1.26.4"), ("a=1.2", "1.26.4")),
        (dist("a", "", digest=None, requirement="a>=2"), dist("a", "1.26.4"), ("a>=2", "1.26.4")),
        (dist("a", "", digest=None, requirement="a<2"), dist("a", "1.26.4"), None),
    ],
)
def test_a_wish_is_told_where_what_is_there_does_not_meet_it(
    file: CondaPackage | Distribution,
    live: CondaPackage | Distribution,
    detail: tuple[str, str] | None,
    swapped: bool,
) -> None:
    ends = [environment(file), environment(live)]
    sides = detail or ()
    changes = package_changes(*(reversed(ends) if swapped else ends))
    expected = [f"asked for {' → '.join(reversed(sides) if swapped else sides)}"] if detail else []
    assert [c.detail for c in changes] == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (conda("a", "1.26", ""), conda("a", "1.26.4", "")),
        (conda("a", "1.26"), conda("a", "1.26.4")),
        (conda("a", "1.2", ""), conda("a", "1.26.4")),
        (conda("a", "1.26", "", url="https://c.example/a-1.26-0.conda"), conda("a", "1.26.4")),
    ],
)
def test_two_versions_that_both_sides_know_alike_do_differ(old: CondaPackage, new: CondaPackage) -> None:
    assert only_change(environment(old), environment(new)).kind == "upgraded"


def test_defaults_are_the_channels_that_conda_calls_so() -> None:
    packages = [conda("a", channel=channel) for channel in ("defaults", "pkgs/main", "pkgs/r")]
    defaults, main, r = map(environment, packages)
    assert package_changes(defaults, main) == package_changes(r, defaults) == ()
    assert only_change(main, r).kind == "rechanneled"


def test_a_change_says_how_big_it_is() -> None:
    before = environment(conda("a", "1.0"), conda("b", "1.0", "h0_0"), conda("c"), dist("d", "2.0+cu118"))
    after = environment(conda("a", "2.0"), conda("b", "1.0", "h1_1"), dist("d", "2.0+cu121"), dist("e"))
    assert [(c.name, c.kind, c.magnitude) for c in package_changes(before, after)] == [
        ("a", "upgraded", "major"),
        ("b", "rebuilt", "build"),
        ("c", "removed", None),
        ("d", "upgraded", "build"),
        ("e", "added", None),
    ]


def test_a_name_that_a_broken_prefix_holds_twice_is_told_twice() -> None:
    before = environment(conda("a", "1.0"), conda("a", "1.1"))
    after = environment(conda("a", "1.1"))
    assert [(c.kind, c.before and c.before.version) for c in package_changes(before, after)] == [
        ("removed", "1.0")
    ]
    assert [c.kind for c in package_changes(after, before)] == ["added"]


def installed(env: Environment) -> Counter[tuple[str, str, str, str | None]]:
    conda_layer = (("conda", p.name, p.version, p.build) for p in env.conda)
    return Counter([*conda_layer, *(("pypi", d.name, d.version, None) for d in env.pypi)])


def departures(changes: tuple[Change, ...]) -> Iterator[tuple[str, str, str, str | None]]:
    for change in changes:
        layer = change.layer
        if change.kind == "moved":
            layer = "pypi" if layer == "conda" else "conda"
        if change.before and change.detail != OVER_CONDA:
            yield layer, change.before.name or change.name, change.before.version, change.before.build


def arrivals(changes: tuple[Change, ...]) -> Iterator[tuple[str, str, str, str | None]]:
    for change in changes:
        if change.after and change.detail != CONDA_SHOWS_AGAIN:
            yield change.layer, change.name, change.after.version, change.after.build


@given(ENVIRONMENTS, ENVIRONMENTS)
def test_applying_the_drift_to_the_older_environment_gives_the_newer(
    before: Environment, after: Environment
) -> None:
    changes = package_changes(before, after)
    result = installed(before)
    result.subtract(departures(changes))
    result.update(arrivals(changes))
    assert +result == installed(after)
    assert not -result


@given(ENVIRONMENTS, ENVIRONMENTS)
def test_the_way_back_mirrors_the_way_there(before: Environment, after: Environment) -> None:
    opposite = {"added": "removed", "removed": "added", "upgraded": "downgraded", "downgraded": "upgraded"}
    there, back = drift(before, after), drift(after, before)
    assert Counter((c.kind, c.magnitude, c.requested) for c in back.changes) == Counter(
        (opposite.get(c.kind, c.kind), c.magnitude, c.requested) for c in there.changes
    )
    assert [(d.subject, d.before, d.after) for d in back.switches] == [
        (d.subject, d.after, d.before) for d in there.switches
    ]


@given(ENVIRONMENTS)
def test_an_environment_does_not_differ_from_itself(env: Environment) -> None:
    assert drift(env, env) == Drift()


def test_the_given_order_decides_what_an_upgrade_is() -> None:
    changes = package_changes(
        environment(conda("a", "1"), dist("b", "1")),
        environment(conda("a", "2"), dist("b", "2")),
        compare=lambda _old, _new: 1,
    )
    assert [change.kind for change in changes] == ["downgraded", "downgraded"]
