"""@EXPLICIT locks: in install order, by URL and hash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.errors import BadFile
from envgit.formats.conda import explicit
from envgit.model import CondaPackage, Environment
from tests.formats.environments import MD5, SHA256, conda, environment, from_url

HEADER = (
    "# The conda layer, package by package. Recreate it on the platform below with:\n"
    "# $ conda create --name <env> --file <this file>\n"
    "# platform: linux-64\n"
    "@EXPLICIT\n"
)
FORGE = "https://conda.anaconda.org/conda-forge"


def decoded(text: str) -> tuple[Environment, list[str]]:
    read = explicit.decode(text.encode(), where="x.lock")
    return read.environment, [f"{warned.kind}: {warned.message}" for warned in read.warnings]


def order(*packages: CondaPackage) -> list[str]:
    return [package.name for package in explicit.in_install_order(packages)]


def test_the_whole_file_as_written() -> None:
    env = environment(
        from_url("a", depends=("python >=3", "zlib"), sha256=SHA256, md5=MD5),
        from_url("gone", depends=(), url=None),
        from_url("python", "3.11.4", depends=("zlib 1.*", "__glibc >=2.17"), md5=MD5),
        from_url(
            "tzdata", "2024a", subdir="noarch", url="https://u:pw@host/t/tk-1/ch/noarch/tzdata-2024a-0.conda"
        ),
        from_url("zlib", "1.3"),
    )
    assert explicit.encode(env) == HEADER + (
        f"{FORGE}/linux-64/zlib-1.3-h0_0.conda\n"
        f"{FORGE}/linux-64/python-3.11.4-h0_0.conda#{MD5}\n"
        f"{FORGE}/linux-64/a-1.0-h0_0.conda#{SHA256}\n"
        "# no URL for: gone-1.0-h0_0\n"
        "https://host/ch/noarch/tzdata-2024a-0.conda\n"
    )


def test_a_dependency_goes_before_its_dependents() -> None:
    assert order(conda("a", depends=("b>=1", "c[version=1]")), conda("b", depends=("c",)), conda("c")) == [
        "c",
        "b",
        "a",
    ]


def test_a_cycle_is_tolerated_and_python_goes_before_its_pip() -> None:
    pip, python = conda("pip", depends=("python",)), conda("python", depends=("pip",))
    assert order(pip, python, conda("a", depends=("python",))) == ["python", "a", "pip"]
    assert order(conda("x", depends=("y",)), conda("y", depends=("x",))) == ["y", "x"]


def test_a_chain_of_any_length_is_ordered() -> None:
    chain = [conda(f"p{i:05}", depends=(f"p{i + 1:05}",)) for i in range(5000)]
    assert order(*chain) == [f"p{i:05}" for i in reversed(range(5000))]


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), max_size=3))))
def test_the_order_does_not_depend_on_how_packages_were_found(graph: list[tuple[str, list[str]]]) -> None:
    packages = list({name: conda(name, depends=tuple(depends)) for name, depends in graph}.values())
    ordered = order(*packages)
    assert ordered == order(*reversed(packages))
    assert sorted(ordered) == sorted(package.name for package in packages)


def test_a_line_stays_one_line_whatever_a_snapshot_of_a_stranger_holds() -> None:
    env = environment(
        from_url("a", url=f"{FORGE}/linux-64/a-1.0-0.conda\nhttps://evil/x-1-0.conda"),
        conda("b", "1\n@EXPLICIT", url=None),
    )
    assert explicit.encode(env).removeprefix(HEADER).splitlines() == [
        f"{FORGE}/linux-64/a-1.0-0.conda%20https://evil/x-1-0.conda",
        "# no URL for: b-1 @EXPLICIT-h0_0",
    ]


READ = [
    (f"{FORGE}/noarch/six-1.16.0-py_0.tar.bz2", from_url("six", "1.16.0", "py_0", subdir="noarch")),
    (f"{FORGE}/linux-64/x264-1!161.3-h_1.conda#{MD5}", from_url("x264", "1!161.3", "h_1", md5=MD5)),
    (f"{FORGE}/linux-64/a-b_c-1-0.conda#sha256:{SHA256}", from_url("a-b_c", "1", "0", sha256=SHA256)),
    (f"{FORGE}/linux-64/a-1-0.conda#{SHA256.upper()}", from_url("a", "1", "0", sha256=SHA256)),
    (
        "https://repo.anaconda.com/pkgs/main/osx-arm64/a-1-0.conda",
        from_url("a", "1", "0", channel="pkgs/main", subdir="osx-arm64"),
    ),
    (
        "https://t@host/a/b/win-64/a-1-0.conda",
        from_url("a", "1", "0", channel="https://host/a/b", subdir="win-64"),
    ),
    ("file:///srv/ch/linux-64/a-1-0.conda", from_url("a", "1", "0", channel="file:///srv/ch")),
    ("C:\\ch\\win-64\\a-1-0.conda", from_url("a", "1", "0", channel="file:///C:/ch", subdir="win-64")),
    ("https://host/a-1-0.conda", from_url("a", "1", "0", channel="https://host", subdir="")),
]


@pytest.mark.parametrize(("line", "expected"), READ, ids=[line[:60] for line, _ in READ])
def test_a_line_tells_name_version_build_channel_subdir_and_hash(line: str, expected: CondaPackage) -> None:
    env, warnings = decoded(f"@EXPLICIT\n  {line}  \n")
    (package,) = env.conda
    for field in ("name", "version", "build", "channel", "subdir", "md5", "sha256"):
        assert getattr(package, field) == getattr(expected, field)
    assert env.platform == ("" if expected.subdir == "noarch" else expected.subdir)
    assert warnings == []


def test_the_platform_is_that_of_the_packages() -> None:
    noarch, linux, osx = (
        f"{FORGE}/{subdir}/{subdir[:3]}-1-0.conda\n" for subdir in ("noarch", "linux-64", "osx-64")
    )
    cases = {
        f"# platform: win-64\n@EXPLICIT\n{noarch}": ("win-64", []),
        f"@EXPLICIT\n{linux}{noarch}": ("linux-64", []),
        f"# platform: osx-64\n@EXPLICIT\n{linux}": (
            "linux-64",
            ["platform: x.lock: says platform osx-64, but its packages are for linux-64"],
        ),
        f"# platform: osx-64\n@EXPLICIT\n{linux}{osx}": (
            "osx-64",
            ["platform: x.lock: packages for linux-64, osx-64; no machine can take them all"],
        ),
    }
    for text, (platform, warnings) in cases.items():
        env, warned = decoded(text)
        assert (env.platform, warned) == (platform, warnings)


def test_packages_that_had_no_url_are_known_by_name() -> None:
    env, _ = decoded("@EXPLICIT\n# no URL for: my-lib-1.0-h_0\n# no URL for nothing\n")
    assert env.conda == (CondaPackage(name="my-lib", version="1.0", build="h_0"),)


def test_a_relative_path_is_a_warning() -> None:
    env, warnings = decoded("@EXPLICIT\n./a-1-0.conda\n")
    assert env.conda[0].url is None
    assert warnings == ["local-path: x.lock, line 2: ./a-1-0.conda is relative to wherever conda is run"]


def test_a_package_listed_twice_is_a_warning() -> None:
    env, warnings = decoded(f"@EXPLICIT\n{FORGE}/noarch/a-1-0.conda\n{FORGE}/noarch/a-2-0.conda\n")
    assert [p.version for p in env.conda] == ["2"]
    assert warnings == ["duplicate: x.lock: a is listed 2 times: a=1=0, a=2=0"]


NOT_A_URL = "not the URL of a conda package"
NOT_A_NAME = "is not name-version-build.conda or .tar.bz2"
REFUSED = [
    ("https://h/a-1-0.conda", "x.lock: not an explicit lock: no line reads @EXPLICIT"),
    (
        "@EXPLICIT\nnumpy=1.2",
        f"x.lock, line 2: {NOT_A_URL}: 'numpy=1.2' {NOT_A_NAME}",
    ),
    (
        "@EXPLICIT\n\nhttps://h/a-1.conda",
        f"x.lock, line 3: {NOT_A_URL}: 'a-1.conda' {NOT_A_NAME}",
    ),
    (
        "@EXPLICIT\nhttps://h/a-1-0.whl",
        f"x.lock, line 2: {NOT_A_URL}: 'a-1-0.whl' {NOT_A_NAME}",
    ),
    (
        "@EXPLICIT\nhttps://h/a-1-0.conda#abc",
        "x.lock, line 2: 'abc' is neither an MD5 (32 digits) nor a SHA-256 (64 digits)",
    ),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_line_that_is_no_package_is_refused_by_its_number(text: str, message: str) -> None:
    with pytest.raises(BadFile) as refused:
        decoded(text)
    assert refused.value.message == message
