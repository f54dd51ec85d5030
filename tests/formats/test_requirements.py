"""requirements files: one line for each distribution, read as people write them."""

from __future__ import annotations

import pytest

from envgit.errors import BadFile
from envgit.formats.pip import requirements
from envgit.formats.pip.line import line_of
from envgit.model import Distribution, Environment, IndexFile, Source
from tests.formats.environments import COMMIT, SHA256, conda, dist, environment, folder, vcs


def decoded(text: str) -> tuple[Environment, list[str]]:
    read = requirements.decode(text.encode(), where="r.txt")
    return read.environment, [f"{warned.kind}: {warned.message}" for warned in read.warnings]


ENVIRONMENT = environment(
    conda("python", "3.11.4"),
    dist("a", "1.0", digest=SHA256),
    dist("b", "1.0", owner="conda"),
    dist("c", "2.0", owner="clobbered"),
    dist("d", "3.0", owner="orphan"),
    dist("e", "0.1", source=folder(editable=True, repository=".", subdirectory="libs/e")),
    dist("f", "0.2", source=vcs()),
    python="3.11.4",
)


def test_the_whole_file_as_written() -> None:
    assert requirements.encode(ENVIRONMENT) == (
        "# The Python layer, complete with its dependencies. Install it with:\n"
        "# $ pip install --no-deps -r requirements.txt\n"
        "# platform: linux-64\n"
        "# python: 3.11.4\n"
        "a==1.0\n"
        "c==2.0\n"
        "d==3.0\n"
    )


@pytest.mark.parametrize("wish", [dist("a"), dist("a", "", requirement="a>=1")])
def test_a_list_that_was_written_by_hand_is_not_called_complete(wish: Distribution) -> None:
    assert requirements.encode(environment(wish, kind="venv", platform="")).splitlines()[:-1] == [
        "# The Python layer, as it was asked for. Install it with:",
        "# $ pip install -r requirements.txt",
    ]


def test_what_no_index_serves_is_in_a_file_of_its_own() -> None:
    assert requirements.encode_local(ENVIRONMENT) == (
        "# What no package index serves. At the top of the repository, install it with:\n"
        "# $ pip install --no-deps -r requirements-local.txt\n"
        "# platform: linux-64\n"
        "# python: 3.11.4\n"
        "-e ./libs/e  # e==0.1\n"
        f"f @ git+https://host/o/r.git@{COMMIT}\n"
    )


LINES = [
    (dist("a", "1.0+cu118"), "a==1.0+cu118"),
    (dist("a", "1.0-x"), "a===1.0-x"),
    (dist("a", "1.0.dev0"), "a==1.0.dev0"),
    (dist("a", "1!2.0"), "a==1!2.0"),
    (dist("a", ""), "a"),
    (dist("a", "", requirement="a[x]>=1"), "a[x]>=1"),
    (dist("~umpy", "1.0"), "# not a requirement: ~umpy 1.0"),
    (dist("a", "1.0 final"), "# not a requirement: a 1.0 final"),
    (dist("a", "1\n--index-url https://evil"), "# not a requirement: a 1--index-url https://evil"),
    (dist("a", source=vcs(subdirectory="p")), f"a @ git+https://host/o/r.git@{COMMIT}#subdirectory=p"),
    (dist("a", source=vcs("https://t@host/r", vcs="hg")), f"a @ hg+https://host/r@{COMMIT}"),
    (dist("a", source=vcs(commit=None, requested_revision="v1")), "a @ git+https://host/o/r.git@v1"),
    (dist("a", source=vcs(commit=None)), "a @ git+https://host/o/r.git"),
    (
        dist("a", source=vcs("ssh://git@host/r", editable=True, subdirectory="p")),
        f"-e git+ssh://git@host/r@{COMMIT}#egg=a&subdirectory=p",
    ),
    (
        dist("a", source=folder(editable=True, repository="git@host:o/r.git", commit=COMMIT)),
        f"-e git+ssh://git@host/o/r.git@{COMMIT}#egg=a",
    ),
    (
        dist("a", source=folder(repository="/srv/r.git", commit=COMMIT, subdirectory="p")),
        f"a @ git+file:///srv/r.git@{COMMIT}#subdirectory=p",
    ),
    (dist("a", source=folder(editable=True, repository=".")), "-e ."),
    (dist("a", source=folder(editable=True, repository=".", subdirectory="my pkg")), '-e "./my pkg"'),
    (dist("a", source=folder(repository=".", subdirectory="p")), "./p"),
    (dist("a", source=folder(editable=True)), "-e file:///home/ada/code"),
    (dist("a", source=folder(url="file:///home/a b")), "a @ file:///home/a%20b"),
    (
        dist("a", source=Source(kind="archive", url="https://h/a-1.zip?token=x", sha256=SHA256)),
        f"a @ https://h/a-1.zip#sha256={SHA256}",
    ),
    (
        dist("a", source=Source(kind="archive", url="https://h/a.zip#md5=abc", subdirectory="p")),
        "a @ https://h/a.zip#subdirectory=p&md5=abc",
    ),
    (
        dist("a", source=Source(kind="archive", url="https://h/a.zip\n--pre")),
        "a @ https://h/a.zip--pre",
    ),
]


@pytest.mark.parametrize(("distribution", "line"), LINES, ids=[line for _, line in LINES])
def test_a_distribution_is_one_line_that_pip_takes(distribution: Distribution, line: str) -> None:
    assert line_of(distribution) == line


def index_lines(*distributions: Distribution) -> list[str]:
    written = requirements.encode(environment(*distributions))
    return [line for line in written.splitlines() if not line.startswith("#")]


def test_hash_of_the_file_that_was_installed_is_demanded_where_all_are_known() -> None:
    known = dist("a", "1.0", file=IndexFile(sha256=SHA256, name="a-1.0-py3-none-any.whl"))
    assert index_lines(known) == [f"a==1.0 --hash=sha256:{SHA256}"]
    # pip takes a file with one hash only when every line has one
    assert index_lines(known, dist("b")) == [f"a==1.0  # --hash=sha256:{SHA256}", "b==1.0"]


def test_no_hash_of_a_stranger_adds_a_line_or_an_option() -> None:
    evil = dist("a", "1.0", file=IndexFile(sha256="x\n--index-url https://evil.example/"))
    assert index_lines(evil) == ["a==1.0 --hash=sha256:x--index-urlhttps://evil.example/"]


@pytest.mark.parametrize("line", ["a==1.0 --hash=sha256:{}", "a==1.0  # --hash=sha256:{}"])
def test_one_hash_is_read_back(line: str) -> None:
    env, warnings = decoded(line.format(SHA256) + "\n")
    assert (env.distributions, warnings) == ((dist("a", "1.0", file=IndexFile(sha256=SHA256)),), [])


def test_a_file_as_pip_compile_writes_it() -> None:
    env, warnings = decoded(
        "#\n# This file is autogenerated\n"
        "--index-url https://u:p@host/simple\n"
        "a==1.0 \\\n"
        f"    --hash=sha256:{SHA256} \\\n"
        "    # via nothing\n"
        f"    --hash=sha256:{SHA256}\n"
        "b==2.0 ; python_version < '3.12' \\\n"
        f"    --hash=sha256:{SHA256}\n"
        "    # via a\n"
    )
    assert env == Environment(
        kind="venv",
        platform="",
        distributions=(
            dist("a", "1.0"),
            dist("b", "2.0", requirement="b==2.0 ; python_version < '3.12'", file=IndexFile(sha256=SHA256)),
        ),
    )
    assert warnings == [
        "option: r.txt, line 3: `--index-url https://host/simple` is an option of pip and is not kept",
        "hashes: r.txt, line 4: hashes of wheels (--hash) are not kept",
        'condition: r.txt, line 8: b counts, whether or not `python_version < "3.12"` holds on this machine',
    ]


def test_a_file_as_pip_freeze_writes_it_inside_conda() -> None:
    env, warnings = decoded(
        "numpy @ file:///croot/numpy_1/work/dist/numpy-1.26.4-cp311-cp311-linux_x86_64.whl\n"
        "-e git+https://host/o/r@v1#egg=mine\n"
        "# Editable Git install with no remote (other==0.1)\n"
        "-e /home/ada/other\n"
        "shapely==1.7.1 --no-binary shapely\n"
    )
    assert [(d.name, d.version) for d in env.distributions] == [
        ("mine", ""),
        ("numpy", "1.26.4"),
        ("other", "0.1"),
        ("shapely", "1.7.1"),
    ]
    assert warnings == [
        "local-path: r.txt, line 1: numpy comes from file:///croot/numpy_1/work/dist/"
        "numpy-1.26.4-cp311-cp311-linux_x86_64.whl, a place on the machine of its writer",
        "local-path: r.txt, line 4: other comes from file:///home/ada/other, "
        "a place on the machine of its writer",
        "option: r.txt, line 5: `--no-binary shapely` is an option of pip and is not kept",
    ]


def test_a_comment_names_the_folder_before_it() -> None:
    env, warnings = decoded("-e .  # Mine==0.1\n./lib  # about the lib\n-e ..  # x==\n")
    assert [(d.name, d.version, d.source and d.source.subdirectory) for d in env.distributions] == [
        ("lib", "", "lib"),
        ("mine", "0.1", None),
        ("x", "", None),
    ]
    assert warnings == ["guessed-name: r.txt, line 2: `./lib` is taken for lib"]


def test_platform_and_python_are_read_from_the_comments_envgit_writes() -> None:
    env, _ = decoded(requirements.encode(ENVIRONMENT))
    assert (env.platform, env.python) == ("linux-64", "3.11.4")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "\\\n", "a==1 \\"])
def test_little_is_a_file_too(text: str) -> None:
    env, warnings = decoded(text)
    assert len(env.distributions) == ("a" in text and 1)
    assert warnings == []


def test_a_line_that_is_no_requirement_is_a_warning_that_names_it() -> None:
    env, warnings = decoded("a==1\nconda-forge::b\nc==2\n")
    assert [d.name for d in env.distributions] == ["a", "c"]
    assert warnings == [
        "unreadable: r.txt, line 2: `conda-forge::b` is no requirement: "
        "Expected semicolon (after name with no version specifier) or end"
    ]


def test_a_file_whose_lines_are_mostly_something_else_is_refused() -> None:
    with pytest.raises(BadFile) as refused:
        decoded("import numpy as np\n\nfrom numpy import array\npandas\n")
    assert refused.value.message == (
        "r.txt: not a requirements file: 2 of 3 lines cannot be read as one; first line 1: "
        "`import numpy as np` is no requirement: Expected semicolon (after name with no version specifier) "
        "or end"
    )


def test_the_comments_of_pip_freeze_name_the_editable_folders_below_them() -> None:
    env, warnings = decoded(
        "# Editable install with no version control (Ranger==0.1.dev0)\n"
        "-e /data/Ranger-master\n"
        "# Editable Git install (b==1) with either a deleted local remote or invalid URI:\n"
        "# '/gone'\n"
        "-e /data/b-work\n"
        "-e /data/c\n"
    )
    assert [(d.name, d.version) for d in env.distributions] == [("b", "1"), ("c", ""), ("ranger", "0.1.dev0")]
    assert [w.partition(":")[0] for w in warnings] == ["local-path"] * 3 + ["guessed-name"]


def test_a_marker_that_would_end_the_interpreter_is_a_warning() -> None:
    env, warnings = decoded("a==1\nb ; " + "(" * 30_000 + "\n")
    assert [d.name for d in env.distributions] == ["a"]
    assert warnings[0].startswith("unreadable: r.txt, line 2: `b ; (((")
    assert len(warnings[0]) < 3000
