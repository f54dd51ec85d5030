"""The plan of a restore: what will be done, what makes it impossible, what makes it less than exact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envgit.model import CondaPackage, Distribution, Environment, Host, Origin, Plan, Source, Step, Variable
from envgit.plan import Room, Supply, downloads_of, plan, unsized

HOST = Host(
    platform="linux-64",
    system="Linux",
    machine="x86_64",
    virtual_packages=("__cuda=12.2=0", "__glibc=2.36=0", "__unix=0=0"),
)
PACKAGES = tuple(
    CondaPackage(
        name=name,
        version="1.0",
        build="0",
        subdir="noarch",
        url=f"https://conda.example/noarch/{name}-1.0-0.conda",
        fn=f"{name}-1.0-0.conda",
        sha256="a" * 64,
        size=size,
    )
    for name, size in (("alpha", 10), ("beta", 20))
)
DISTS = (
    Distribution(name="owned", version="1.0", owner="conda"),
    Distribution(name="plain", version="2.0", owner="pypi"),
    Distribution(
        name="sourced",
        version="3.0",
        owner="pypi",
        source=Source(kind="vcs", url="https://example.org/r", vcs="git", commit="1" * 40),
    ),
)
ENVIRONMENT = Environment(kind="conda", platform="linux-64", conda=PACKAGES, distributions=DISTS)


def origins(*files: str) -> dict[str, Origin]:
    """Origins of files that lie in envgit's cache."""
    return {file: Origin(kind="cache", place=f"/cache/{file}") for file in files}


def test_steps_say_what_comes_from_where() -> None:
    found = plan(ENVIRONMENT, host=HOST, observed=HOST, origins=origins("beta-1.0-0.conda"))
    assert found.steps == (
        Step(
            layer="conda",
            name="alpha",
            version="1.0",
            action="link",
            origin=str(PACKAGES[0].url),
            size=10,
            remote=True,
        ),
        Step(layer="conda", name="beta", version="1.0", action="link", origin="cache", size=20, kind="cache"),
        Step(layer="pypi", name="plain", version="2.0", action="install", origin="index"),
        Step(layer="pypi", name="sourced", version="3.0", action="install", origin="https://example.org/r"),
    )
    assert (found.blockers, found.cautions) == ((), ())


def plans_of_layer(supply: Supply, *, offline: bool = False) -> Plan:
    """The plan for distributions alone."""
    return plan(replace(ENVIRONMENT, conda=()), host=HOST, supply=supply, offline=offline)


def test_distributions_are_had_from_where_they_lie_and_else_downloaded_in_an_unknown_size() -> None:
    supply = Supply(
        origins={
            "plain": Origin(kind="recorded", place="https://index.example/simple/", remote=True),
            "sourced": Origin(kind="cache", place="/cache/wheels/sourced.whl"),
        }
    )
    found = plans_of_layer(supply)
    assert [(s.name, s.origin, s.kind, s.remote) for s in found.steps] == [
        ("plain", "https://index.example/simple/", "recorded", True),
        ("sourced", "/cache/wheels/sourced.whl", "cache", False),
    ]
    assert (downloads_of(found.steps), unsized(found.steps), found.cautions) == (0, 1, ())


def test_offline_only_the_cache_of_uv_may_have_what_is_not_at_hand() -> None:
    supply = Supply(origins={"plain": Origin(kind="recorded", place="index", remote=True)})
    found = plans_of_layer(supply, offline=True)
    assert found.steps[0] == Step(
        layer="pypi", name="plain", version="2.0", action="install", origin="uv's cache"
    )
    assert found.cautions == (
        "offline: 1 distribution is not kept by envgit (plain); uv's cache may have it",
    )


def test_a_distribution_that_no_place_has_is_told_before_anything_is_touched() -> None:
    supply = Supply(lost={"plain": "the folder /src/plain is not there"})
    assert plans_of_layer(supply).cautions == (
        "plain 2.0 will be missing: the folder /src/plain is not there",
    )


def test_another_platform_blocks() -> None:
    found = plan(replace(ENVIRONMENT, platform="osx-arm64"), host=HOST)
    assert found.blockers == ("the snapshot is for osx-arm64, and this machine is linux-64",)


def test_packages_without_a_url_block_together() -> None:
    packages = tuple(replace(PACKAGES[0], name=f"p{n}", url=None) for n in range(7))
    found = plan(replace(ENVIRONMENT, conda=(*packages, PACKAGES[1])), host=HOST)
    assert found.blockers == ("no URL is known for p0, p1, p2, p3, p4 and 2 more",)


@pytest.mark.parametrize(
    "written",
    [
        replace(ENVIRONMENT, conda=(replace(PACKAGES[0], url=None),)),
        replace(ENVIRONMENT, platform="", conda=()),
        Environment(kind="venv", platform="", distributions=DISTS[1:]),
    ],
    ids=["environment.yml", "environment.yml of pip packages", "requirements.txt"],
)
def test_a_file_that_only_names_packages_changes_no_environment_in_place(written: Environment) -> None:
    (blocker,) = plan(written, host=HOST, offline=True).blockers
    assert "which packages are wanted, not which files they are" in blocker


def test_a_file_that_only_names_packages_is_solved_for() -> None:
    written = replace(ENVIRONMENT, conda=(replace(PACKAGES[0], url=None),), channels=("conda-forge",))
    found = plan(written, host=HOST, solves=True)
    assert found.blockers == ()
    assert "they are solved for, the versions that it names preferred" in found.cautions[0]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (
            replace(ENVIRONMENT, conda=(replace(PACKAGES[0], url=None, channel=""),), channels=()),
            "no channel",
        ),
        (replace(ENVIRONMENT, platform="", conda=()), "no conda package, and so no Python"),
    ],
)
def test_what_cannot_be_solved_for_is_said_before_anything_is_touched(
    written: Environment, reason: str
) -> None:
    (blocker,) = plan(written, host=HOST, solves=True).blockers
    assert reason in blocker


@pytest.mark.parametrize("platform", ["", HOST.platform])
def test_a_list_of_distributions_that_names_no_python_has_any_and_says_so(platform: str) -> None:
    listed = Environment(kind="venv", platform=platform, distributions=DISTS[1:])
    found = plan(listed, host=HOST, solves=True)
    assert found.blockers == ()
    assert [caution for caution in found.cautions if "which Python its distributions are for" in caution]


def test_a_platform_that_is_not_said_blocks() -> None:
    found = plan(replace(ENVIRONMENT, platform=""), host=HOST)
    assert found.blockers == ("it does not say which platform its packages are for",)


@pytest.mark.parametrize(
    ("cached", "blockers"),
    [
        ((), ("offline: 2 conda packages are not in the cache (alpha, beta)",)),
        (("alpha-1.0-0.conda",), ("offline: 1 conda package is not in the cache (beta)",)),
        (("alpha-1.0-0.conda", "beta-1.0-0.conda"), ()),
    ],
)
def test_offline_what_only_the_network_has_blocks(cached: tuple[str, ...], blockers: tuple[str, ...]) -> None:
    local = replace(PACKAGES[0], name="local", url="file:///srv/local-1.0-0.conda", fn="local-1.0-0.conda")
    wanted = replace(ENVIRONMENT, conda=(*PACKAGES, local))
    assert plan(wanted, host=HOST, origins=origins(*cached), offline=True).blockers == blockers
    assert plan(wanted, host=HOST, origins=origins(*cached)).blockers == ()


def test_package_without_a_hash_is_a_caution() -> None:
    found = plan(replace(ENVIRONMENT, conda=(replace(PACKAGES[0], sha256=None),)), host=HOST)
    assert found.cautions == ("no hash is known for alpha: what is downloaded cannot be checked",)


@pytest.mark.parametrize(
    ("there", "caution"),
    [
        ("__glibc=2.39=0", "the snapshot was seen with glibc 2.39, and this machine has 2.36"),
        ("__glibc=2.4=0", None),
        ("__glibc=2.36=0", None),
        ("__cuda=12.10=0", "the snapshot was seen with the CUDA driver 12.10, and this machine has 12.2"),
        ("__osx=14.1=0", "the snapshot was seen with macOS 14.1, and this machine has none"),
        ("__archspec=1=skylake", None),
        ("nonsense", None),
    ],
)
def test_older_host_is_a_caution(there: str, caution: str | None) -> None:
    found = plan(ENVIRONMENT, host=HOST, observed=replace(HOST, virtual_packages=(there,)))
    assert found.cautions == ((caution,) if caution else ())


def wanting(*depends: str, name: str = "solver", version: str = "2.1") -> Environment:
    """An environment with a package that depends on these."""
    package = replace(PACKAGES[0], name=name, version=version, depends=depends)
    return replace(ENVIRONMENT, conda=(package,), distributions=())


@pytest.mark.parametrize(
    ("depend", "lack"),
    [
        ("__glibc >=2.38,<3.0.a0", "glibc >=2.38,<3.0.a0, and this machine has 2.36"),
        ("__glibc >=2.17", None),
        ("__cuda >=12.4", "the CUDA driver >=12.4, and this machine has 12.2"),
        ("__cuda", None),
        ("__osx >=11.0", "macOS >=11.0, and this machine has none"),
        ("__win", "Windows, which this machine has not"),
        ("__unix", None),
        ("__archspec 1.* x86_64_v3", None),
        ("__archspec 1.* x86_64_v4", "a CPU of level x86-64-v4, and this machine's is haswell (x86_64_v3)"),
        (
            "__archspec 1.* sapphirerapids",
            "a CPU of level x86-64-v4, and this machine's is haswell (x86_64_v3)",
        ),
        ("__archspec 1.* of_next_year", None),
        ("_x86_64-microarch-level >=3", None),
        ("__glibc >>>", None),
        ("__glibc \ud800", None),
        ("", None),
    ],
)
def test_what_a_package_demands_of_the_machine_and_it_has_not_is_a_caution(
    depend: str, lack: str | None
) -> None:
    here = replace(HOST, virtual_packages=(*HOST.virtual_packages, "__archspec=1=haswell"))
    cautions = plan(wanting(depend), host=here).cautions
    assert cautions == ((f"solver 2.1 needs {lack}",) if lack else ())


def test_packages_with_the_same_demand_are_named_together() -> None:
    packages = tuple(replace(PACKAGES[0], name=f"p{n}", depends=("__glibc >=2.39",)) for n in range(7))
    (caution,) = plan(replace(ENVIRONMENT, conda=packages), host=HOST).cautions
    assert caution == (
        "p0 1.0, p1 1.0, p2 1.0, p3 1.0, p4 1.0 and 2 more need glibc >=2.39, and this machine has 2.36"
    )


def test_the_level_of_a_cpu_is_asked_for_and_not_the_very_cpu_it_was_solved_on() -> None:
    level = {"name": "_x86_64-microarch-level", "version": "3"}
    seen_on_zen = wanting("__archspec 1.* zen3", **level)
    cpus = {cpu: replace(HOST, virtual_packages=(f"__archspec=1={cpu}",)) for cpu in ("skylake", "nehalem")}
    assert plan(seen_on_zen, host=cpus["skylake"]).cautions == ()
    (caution,) = plan(seen_on_zen, host=cpus["nehalem"]).cautions
    assert caution.endswith("needs a CPU of level x86-64-v3, and this machine's is nehalem (x86_64_v2)")


def test_wheels_demand_what_their_tags_say() -> None:
    new, either, old = (
        Distribution(name=name, version="1", owner="pypi", tags=tags)
        for name, tags in {
            "new": ("cp311-cp311-manylinux_2_39_x86_64",),
            "either": ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_39_x86_64"),
            "old": ("cp311-cp311-manylinux2014_x86_64.manylinux_2_39_x86_64",),
        }.items()
    )
    layer = replace(ENVIRONMENT, conda=(), distributions=(either, new, old))
    assert plan(layer, host=HOST).cautions == ("new 1 needs glibc >=2.39, and this machine has 2.36",)


@pytest.mark.parametrize(("there", "here", "is_less"), [("zen4", "haswell", True), ("nehalem", "zen", False)])
def test_a_lesser_cpu_is_a_caution(there: str, here: str, is_less: bool) -> None:
    hosts = [replace(HOST, virtual_packages=(f"__archspec=1={cpu}",)) for cpu in (here, there)]
    cautions = plan(ENVIRONMENT, host=hosts[0], observed=hosts[1]).cautions
    assert [("zen4 (x86_64_v4)" in text, "haswell (x86_64_v3)" in text) for text in cautions] == (
        [(True, True)] if is_less else []
    )


def test_steps_of_a_change_in_place_say_what_stays_what_goes_and_what_takes_whose_place() -> None:
    gone = replace(PACKAGES[0], name="gone")
    current = replace(
        ENVIRONMENT,
        conda=(replace(PACKAGES[0], version="0.9"), PACKAGES[1], gone),
        distributions=(DISTS[1], Distribution(name="extra", version="1", owner="pypi")),
    )
    steps = plan(ENVIRONMENT, host=HOST, current=current).steps
    assert [(s.action, s.name, s.version, s.replaces) for s in steps] == [
        ("link", "alpha", "1.0", "0.9"),
        ("remove", "gone", "1.0", ""),
        ("keep", "beta", "1.0", ""),
        ("install", "sourced", "3.0", ""),
        ("remove", "extra", "1", ""),
        ("keep", "plain", "2.0", ""),
    ]


def test_another_platform_is_a_caution_where_it_can_be_solved_for() -> None:
    found = plan(replace(ENVIRONMENT, platform="osx-arm64"), host=HOST, solves=True)
    assert found.blockers == ()
    assert (
        "for osx-arm64, and this machine is linux-64: all its conda packages are solved anew"
        in (found.cautions[0])
    )
    assert {step.action for step in found.steps} == {"solve", "install"}


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(29, "blocked"), (60, "warned"), (1000, "fine")],
)
def test_downloads_that_have_no_room_block_and_those_that_may_have_none_are_told(
    free: int, verdict: str
) -> None:
    found = plan(ENVIRONMENT, host=HOST, room=Room(cache="/cache", free_in_cache=free))
    told = {"blocked": found.blockers, "warned": found.cautions}
    assert [kind for kind, texts in told.items() if texts] == ([] if verdict == "fine" else [verdict])
    if verdict != "fine":
        (text,) = told[verdict]
        assert text.startswith("the downloads are 30 bytes")
        assert text.endswith(f"the disk of /cache has {free} bytes free")
    assert plan(
        ENVIRONMENT,
        host=HOST,
        origins=origins(*(str(p.fn) for p in PACKAGES)),
        room=Room(cache="/cache", free_in_cache=0),
    ) == plan(ENVIRONMENT, host=HOST, origins=origins(*(str(p.fn) for p in PACKAGES)))


def test_a_prefix_on_another_disk_needs_room_for_all() -> None:
    here = origins(*(str(p.fn) for p in PACKAGES))
    (blocker,) = plan(
        ENVIRONMENT, host=HOST, origins=here, room=Room(cache="/c", free_in_cache=0, free_at_prefix=29)
    ).blockers
    assert blocker == "the packages are 30 bytes; the disk of the prefix has 29 bytes free"


def test_a_prefix_that_binaries_have_no_room_for_blocks() -> None:
    room = Room(cache="/c", free_in_cache=10**9, longest_prefix=255)
    assert plan(ENVIRONMENT, host=HOST, prefix="/" + "x" * 254, room=room).blockers == ()
    (blocker,) = plan(ENVIRONMENT, host=HOST, prefix="/" + "ö" * 128, room=room).blockers
    assert blocker == "the prefix has 257 characters, and packages leave room for 255"


def test_variables_that_command_programs_are_told_with_their_values() -> None:
    variables = tuple(Variable(name=n, value="/x") for n in ("LD_PRELOAD", "OMP_NUM_THREADS", "BASH_ENV"))
    unknown = Variable(name="PYTHONSTARTUP")
    cautions = plan(replace(ENVIRONMENT, variables=(*variables, unknown)), host=HOST).cautions
    assert [text.split(",")[0] for text in cautions] == [
        "the snapshot sets LD_PRELOAD",
        "the snapshot sets BASH_ENV",
    ]
    assert cautions[0].endswith("to '/x'")
