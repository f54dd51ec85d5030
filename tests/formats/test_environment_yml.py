"""environment.yml: written for every conda client, read as people write it."""

from __future__ import annotations

from typing import Any

import pytest

from envgit.errors import BadFile
from envgit.formats.conda import environment_yml
from envgit.formats.syntax.yaml_text import load_yaml
from envgit.model import Environment, IndexFile, Source, Variable
from tests.formats.environments import COMMIT, MD5, SHA256, conda, dist, environment, folder, vcs


def encoded(env: Environment, name: str = "test") -> Any:
    return load_yaml(environment_yml.encode(env, name=name), "environment.yml")


def decoded(text: str) -> tuple[Environment, list[str]]:
    read = environment_yml.decode(text.encode(), where="e.yml")
    return read.environment, [warned.message for warned in read.warnings]


def test_the_whole_file_as_written() -> None:
    env = environment(
        conda("numpy", "1.26.4"),
        conda("python", "3.11.4", channel="defaults"),
        conda("pytorch", "2.1.0", channel="pytorch"),
        dist("numpy", "1.26.4", owner="conda"),
        dist("torchvision", "0.16.0+cu118"),
        dist("mine", source=folder(editable=True, repository=".")),
        channels=("conda-forge", "defaults"),
        variables=(Variable(name="MODE", value="fast: yes"), Variable(name="WANDB_KEY")),
    )
    assert environment_yml.encode(env, name="paper") == (
        "name: paper\n"
        "channels:\n"
        "  - conda-forge\n"
        "  - defaults\n"
        "  - pytorch\n"
        "dependencies:\n"
        "  - numpy=1.26.4\n"
        "  - defaults::python=3.11.4\n"
        "  - pytorch::pytorch=2.1.0\n"
        "  - pip\n"
        "  - pip:\n"
        "      - torchvision==0.16.0+cu118\n"
        '      - "-e ."\n'
        "variables:\n"
        '  MODE: "fast: yes"\n'
    )


def test_a_venv_becomes_python_pip_and_what_pip_installed() -> None:
    env = environment(dist("numpy", "1.26.4"), kind="venv", python="3.11.4")
    assert encoded(env) == {
        "name": "test",
        "dependencies": ["python=3.11.4", "pip", {"pip": ["numpy==1.26.4"]}],
    }


def test_an_environment_of_conda_alone_names_no_pip() -> None:
    assert encoded(environment(conda("zlib", "1.3")))["dependencies"] == ["zlib=1.3"]


def test_pip_of_conda_keeps_its_version() -> None:
    env = environment(conda("pip", "24.0"), dist("pip", "24.0", owner="conda"), dist("a"))
    assert encoded(env)["dependencies"] == ["pip=24.0", {"pip": ["a==1.0"]}]


def test_what_pip_put_over_conda_is_in_both_layers() -> None:
    env = environment(conda("requests", "2.31.0"), dist("requests", "2.32.4", owner="clobbered"))
    assert encoded(env)["dependencies"] == ["requests=2.31.0", "pip", {"pip": ["requests==2.32.4"]}]


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (("conda-forge",), ["conda-forge"]),
        (("defaults",), ["defaults"]),
        (("conda-forge", "defaults"), ["conda-forge", "defaults"]),
        (("pkgs/main", "pkgs/r"), ["pkgs/main", "pkgs/r"]),
        (("nodefaults", "a"), ["a"]),
        (("https://conda.anaconda.org/conda-forge/",), ["conda-forge"]),
        (("https://user:pw@host/t/tk-1/ch",), ["https://host/ch"]),
        ((), None),
    ],
)
def test_channels_are_written_without_nodefaults_which_new_conda_takes_for_a_channel(
    channels: tuple[str, ...], expected: list[str] | None
) -> None:
    assert encoded(environment(channels=channels)).get("channels") == expected


def test_channels_that_only_packages_name_follow_the_most_used_first() -> None:
    env = environment(
        conda("a", channel="x"),
        conda("b", channel="y"),
        conda("c", channel="y"),
        conda("d", channel="<unknown>"),
        conda("e", channel=""),
    )
    file = encoded(env)
    assert file["channels"] == ["y", "x"]
    assert file["dependencies"] == ["x::a=1.0", "b=1.0", "c=1.0", "d=1.0", "e=1.0"]


def test_a_package_of_the_default_family_needs_no_prefix_where_defaults_is_first() -> None:
    env = environment(conda("a", channel="pkgs/main"), conda("b", channel="pkgs/r"), channels=("defaults",))
    assert encoded(env) == {"name": "test", "channels": ["defaults"], "dependencies": ["a=1.0", "b=1.0"]}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a b", "a-b"),
        ("team/gpu", "team-gpu"),
        ("x:y#z", "x-y-z"),
        ("123", "123"),
        ("yes", "yes"),
        ("é", "é"),
    ],
)
def test_a_name_holds_no_character_that_conda_refuses(name: str, written: str) -> None:
    assert encoded(environment(), name=name)["name"] == written


def test_a_variable_that_looks_like_a_secret_is_not_written() -> None:
    env = environment(variables=(Variable(name="API_TOKEN", value="x"), Variable(name="A", value="1")))
    assert encoded(env)["variables"] == {"A": "1"}


def test_credentials_are_in_no_line() -> None:
    env = environment(
        conda("a", channel="https://u:secret@host/ch"),
        dist("b", source=vcs("https://secret@host/o/b")),
        channels=("https://host/t/secret/other",),
    )
    assert "secret" not in environment_yml.encode(env, name="test")


DECODED = [
    ("numpy", ("numpy", "", "", "", ("numpy",))),
    ("numpy=1.26.4", ("numpy", "1.26.4", "", "", ())),
    ("numpy==1.26.4", ("numpy", "1.26.4", "", "", ("numpy==1.26.4",))),
    ("numpy = 1.26.4", ("numpy", "1.26.4", "", "", ())),
    ("numpy 1.26.4", ("numpy", "1.26.4", "", "", ("numpy 1.26.4",))),
    ("numpy=1.26.4=py312h_0", ("numpy", "1.26.4", "py312h_0", "", ())),
    ("numpy==1.26.4=py312h_0", ("numpy", "1.26.4", "py312h_0", "", ())),
    ("numpy 1.26.4 py312h_0", ("numpy", "1.26.4", "py312h_0", "", ())),
    ("numpy=1.26.4=*mkl*", ("numpy", "1.26.4", "", "", ("numpy=1.26.4=*mkl*",))),
    ("numpy=1.26.*", ("numpy", "", "", "", ("numpy=1.26.*",))),
    ("numpy=1.26.", ("numpy", "", "", "", ("numpy=1.26.",))),
    ("numpy==1.26.*", ("numpy", "", "", "", ("numpy==1.26.*",))),
    ("numpy>=1.20,<2", ("numpy", "", "", "", ("numpy>=1.20,<2",))),
    ("numpy~=1.18.0", ("numpy", "", "", "", ("numpy~=1.18.0",))),
    ("numpy=1.2|1.3", ("numpy", "", "", "", ("numpy=1.2|1.3",))),
    ("python=3.10", ("python", "", "", "", ("python=3.10",))),
    ("python=3", ("python", "", "", "", ("python=3",))),
    ("python=3.10.9", ("python", "3.10.9", "", "", ())),
    ("python==3.10", ("python", "3.10", "", "", ("python==3.10",))),
    ("ca-certificates=2023.05.30", ("ca-certificates", "2023.05.30", "", "", ())),
    ("x[build=h_0, version='==2023.05.30']", ("x", "2023.05.30", "h_0", "", ())),
    ("PyYAML=6.0", ("pyyaml", "6.0", "", "", ())),
    ("x264=1!161.3030", ("x264", "1!161.3030", "", "", ())),
    ("openssl=1.1.1w=h_0", ("openssl", "1.1.1w", "h_0", "", ())),
    ("conda-forge::numpy=1.16.4", ("numpy", "1.16.4", "", "conda-forge", ())),
    ("a/label/b::x", ("x", "", "", "a/label/b", ("a/label/b::x",))),
    ("https://u:p@host/ch::x=1", ("x", "1", "", "https://host/ch", ())),
    ("x[version=1.2.3,build=h_0,channel=ch]", ("x", "1.2.3", "h_0", "ch", ())),
    ("x[version='>=1']", ("x", "", "", "", ("x[version='>=1']",))),
    (
        "https://conda.anaconda.org/conda-forge/linux-64/six-1.16.0-py_0.tar.bz2",
        ("six", "1.16.0", "py_0", "conda-forge", ()),
    ),
    (f"https://repo.anaconda.com/pkgs/main/noarch/six-1-0.conda#{MD5}", ("six", "1", "0", "pkgs/main", ())),
    ("/srv/ch/noarch/six-1-0.conda", ("six", "1", "0", "file:///srv/ch", ())),
]


@pytest.mark.parametrize(("spec", "expected"), DECODED, ids=[spec for spec, _ in DECODED])
def test_a_spec_is_read_as_conda_means_it(spec: str, expected: tuple[object, ...]) -> None:
    env, warnings = decoded(f'dependencies: ["{spec}"]')
    (package,) = env.conda
    assert expected == (package.name, package.version, package.build, package.channel, package.requested)
    assert warnings == []


DECODED_PIP: list[tuple[str, tuple[str, str, str, Source | None], list[str]]] = [
    ("numpy", ("numpy", "", "numpy", None), []),
    ("numpy==1.26.4", ("numpy", "1.26.4", "", None), []),
    ("numpy ===1.26.4  # exactly", ("numpy", "1.26.4", "", None), []),
    ("torch==1.10.1+cu113", ("torch", "1.10.1+cu113", "", None), []),
    ("Py_YAML==6.0", ("py-yaml", "6.0", "", None), []),
    ("old==2.0-beta-x", ("old", "2.0-beta-x", "", None), []),
    ("numpy>=1,<2", ("numpy", "", "numpy>=1,<2", None), []),
    ("numpy==1.*", ("numpy", "", "numpy==1.*", None), []),
    ("dask[complete]==2024.1", ("dask", "2024.1", "dask[complete]==2024.1", None), []),
    (
        "a==1; sys_platform == 'win32'",
        ("a", "1", "a==1; sys_platform == 'win32'", None),
        ['a counts, whether or not `sys_platform == "win32"` holds on this machine'],
    ),
    (
        f"a @ git+https://t@host/o/a.git@{COMMIT}#subdirectory=p",
        ("a", "", "", vcs("https://host/o/a.git", subdirectory="p")),
        [],
    ),
    (
        "a@git+https://host/o/a@v1",
        ("a", "", "", vcs("https://host/o/a", commit=None, requested_revision="v1")),
        [],
    ),
    (
        "git+https://host/o/B_c.git",
        ("b-c", "", "", vcs("https://host/o/B_c.git", commit=None)),
        ["`git+https://host/o/B_c.git` is taken for b-c"],
    ),
    (
        "-e git+ssh://git@host/o/x@v1#egg=real_name",
        ("real-name", "", "", vcs("ssh://git@host/o/x", commit=None, requested_revision="v1", editable=True)),
        [],
    ),
    (
        f"https://host/w/en_core-3.7.1%2Bcu-py3-none-any.whl#sha256={SHA256}",
        (
            "en-core",
            "3.7.1+cu",
            "",
            Source(kind="archive", url="https://host/w/en_core-3.7.1%2Bcu-py3-none-any.whl", sha256=SHA256),
        ),
        [],
    ),
    (
        "https://github.com/o/basemap/archive/v1.1.0.tar.gz",
        ("basemap", "", "", Source(kind="archive", url="https://github.com/o/basemap/archive/v1.1.0.tar.gz")),
        ["`https://github.com/o/basemap/archive/v1.1.0.tar.gz` is taken for basemap"],
    ),
    (
        "six @ file:///tmp/build/six/work",
        ("six", "", "", Source(kind="directory", url="file:///tmp/build/six/work")),
        ["six comes from file:///tmp/build/six/work, a place on the machine of its writer"],
    ),
    (
        "submodules/knn",
        ("knn", "", "", folder(url="submodules/knn", repository=".", subdirectory="submodules/knn")),
        ["`submodules/knn` is taken for knn"],
    ),
    (
        "-e ./pkg[dev]",
        ("pkg", "", "", folder(url="./pkg", repository=".", subdirectory="pkg", editable=True)),
        ["`./pkg` is taken for pkg"],
    ),
    (
        "-e ../sibling",
        ("sibling", "", "", folder(url="../sibling", editable=True)),
        ["`../sibling` is taken for sibling"],
    ),
]


@pytest.mark.parametrize(
    ("line", "expected", "remarks"), DECODED_PIP, ids=[line for line, _, _ in DECODED_PIP]
)
def test_a_line_of_pip_is_read_as_pip_means_it(
    line: str, expected: tuple[object, ...], remarks: list[str]
) -> None:
    env, warnings = decoded("dependencies:\n- pip:\n  - " + repr(line).replace("\\'", "''"))
    (found,) = env.distributions
    assert expected == (found.name, found.version, found.requirement, found.source)
    assert warnings == [f"e.yml, line 3: {remark}" for remark in remarks]


WARNED = [
    ('dependencies: ["pytorch -c pytorch"]', "`-c pytorch` in `pytorch -c pytorch` is no part of a spec"),
    ('dependencies: ["dask[complete]==1"]', "`[complete]` in `dask[complete]==1` is no part of a spec"),
    ("dependencies: [-e.]", "`-e.` is no conda spec: '-e.' is no name of a package"),
    ('dependencies: ["rust =>1"]', "`rust =>1` is no conda spec: unable to parse version spec: =>1"),
    (
        "dependencies: [https://h/x.conda]",
        "`https://h/x.conda` is no conda spec: 'x.conda' is not name-version-build.conda or .tar.bz2",
    ),
    ("dependencies: [a, a=1]", "a is listed 2 times: a, a=1"),
    ("dependencies: [{pip: [b==1, b==2]}]", "b is listed 2 times: b==1, b==2"),
    ("dependencies: [{pip: [-r r.txt]}]", "`-r r.txt` names another file, which is not read"),
    ("dependencies: [{pip: [-cc.txt]}]", "`-cc.txt` names another file, which is not read"),
    (
        "dependencies: [{pip: [--extra-index-url https://u:p@host/simple]}]",
        "`--extra-index-url https://host/simple` is an option of pip and is not kept",
    ),
    (
        "dependencies: [{pip: [--pre]}]",
        "`--pre` is an option of pip and is not kept",
    ),
    ("dependencies: [{pip: [-e .]}]", "`.` does not say which distribution it is; left out"),
    (
        "dependencies: [{pip: [a=1]}]",
        "`a=1` in `pip` is no requirement: Expected semicolon (after name with no version specifier) or end",
    ),
    ("dependencies: [{other: [a]}]", "`other` in `dependencies` is no section of conda and is left out"),
    ("dependencies: [{sel(win): a}]", "`sel(win): a` is for one platform only and is left out"),
    ("dependencies: []\nplatform: x", "`platform` is no key of an environment file and is left out"),
    ("dependencies: []\nvariables: [A=1]", "`A` in `variables` is no name with a value"),
    ("dependencies: []\nchannels: [[a]]", "['a'] in `channels` is no text"),
    (
        "dependencies: []\nvariables: {HF_TOKEN: abc}",
        "the value of the variable HF_TOKEN looks like a secret and is left out",
    ),
]


@pytest.mark.parametrize(("text", "message"), WARNED)
def test_what_has_no_place_in_an_environment_is_a_warning_that_names_the_file(
    text: str, message: str
) -> None:
    assert decoded(text)[1] == [f"e.yml: {message}"]


def test_a_selector_in_a_comment_is_a_warning_that_names_the_line() -> None:
    env, warnings = decoded("dependencies:\n  - python\n  - pywin32  # [win]\n  # [linux]\n")
    assert [p.name for p in env.conda] == ["python", "pywin32"]
    assert warnings == ["e.yml, line 3: `# [win]` is a comment; the line counts on every platform"]


REFUSED = [
    ("", "e.yml: not a conda environment: nothing in place of keys"),
    ("- a\n- b", "e.yml: not a conda environment: a list in place of keys"),
    ("name: x", "e.yml: not a conda environment: it has no `dependencies`"),
    ("channels: [a]\nservices: {}", "e.yml: not a conda environment: it has no `dependencies`"),
    (
        "dependencies: {ansicolor: ^2}\nname: x\nexecutables: {}",
        "e.yml: not a conda environment: `dependencies` is a mapping of ansicolor, not a list; "
        "it also has executables",
    ),
    (
        "dependencies:\nruntime: python",
        "e.yml: not a conda environment: `dependencies` is nothing, not a list; it also has runtime",
    ),
    ("dependencies: numpy", "e.yml: not a conda environment: `dependencies` is 'numpy', not a list"),
    (
        "dependencies: [{name: redis, version: 1, repository: https://charts}]",
        "e.yml: not a conda environment: dependencies[0] is a mapping of name, version, repository, no spec",
    ),
    ("dependencies: [[a]]", "e.yml: not a conda environment: dependencies[0] is a list, no spec"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_yaml_that_is_no_environment_is_refused_with_what_it_is(text: str, message: str) -> None:
    with pytest.raises(BadFile) as refused:
        decoded(text)
    assert refused.value.message == message
    assert refused.value.hint == "Name a file with `dependencies:` that conda env create would take."


def test_the_whole_of_a_real_life_file() -> None:
    text = (
        "\ufeffname: /home/ada/envs/paper/\r\n"
        "prefix: /home/ada/envs/paper\r\n"
        "channels:\r\n"
        "  - https://user:pw@conda.anaconda.org/t/tk-1/private\r\n"
        "  - http://conda.anaconda.org/gurobi\r\n"
        "  - nodefaults\r\n"
        "platforms: [linux-64]\r\n"
        "dependencies:\r\n"
        "  - python=3.11.4=h_0\r\n"
        "  - wheel=0.40=pypi_0\r\n"
        "  - pip:\r\n"
        "    - b==1\r\n"
        "  - pip:\r\n"
        "    - a==2 --hash=sha256:" + SHA256 + "\r\n"
        "    - # nothing\r\n"
        "variables:\r\n"
        "  - B: 1\r\n"
        "  - A:\r\n"
    )
    read = environment_yml.decode(text.encode(), where="e.yml")
    assert read.name == "paper"
    assert read.environment == environment(
        conda("python", "3.11.4", "h_0", channel="", subdir=""),
        dist("a", "2", file=IndexFile(sha256=SHA256)),
        dist("b", "1"),
        dist("wheel", "0.40"),
        python="3.11.4",
        channels=("private", "gurobi"),
        variables=(Variable(name="A", value=""), Variable(name="B", value="1")),
    )
    assert [warned.message for warned in read.warnings] == [
        "e.yml, line 4: the credentials in the URL of the channel private are left out"
    ]


def test_an_export_of_an_empty_environment_has_no_dependencies() -> None:
    env, warnings = decoded("name: x\nchannels: [conda-forge]\nprefix: /x\n")
    assert (env.conda, env.channels, warnings) == ((), ("conda-forge",), [])


def test_channels_written_as_one_text_are_one_channel() -> None:
    assert decoded("channels: conda-forge\ndependencies: []")[0].channels == ("conda-forge",)


def test_of_two_pins_the_last_counts_and_of_loose_specs_all() -> None:
    env, _ = decoded("dependencies: [a=1, a=2, b>=1, b<2, c=1, c]")
    assert [(p.version, p.requested) for p in env.conda] == [("2", ()), ("", ("b>=1", "b<2")), ("1", ())]


def test_a_warning_names_the_line_of_an_item_that_stands_on_one_of_its_own() -> None:
    _, warnings = decoded(
        "channels:\n"
        "- https://host/t/secret/ch\n"
        "dependencies:\n"
        "- rust =>1   # newest\n"
        "- 'pytorch -c pytorch'\n"
        "- sel(win): pywin32\n"
        "- pip:\n"
        "  - -r r.txt\n"
        "  - --pre\n"
        "  - --pre\n"
    )
    assert [warning.partition(": ")[0] for warning in warnings] == [
        "e.yml, line 4",
        "e.yml, line 5",
        "e.yml, line 6",
        "e.yml, line 8",
        "e.yml",  # on which of two lines is not told
        "e.yml",
        "e.yml, line 2",
    ]


def test_a_key_that_stands_twice_is_a_warning_as_the_last_one_counts() -> None:
    env, warnings = decoded("dependencies:\n- a=1\nname: x\ndependencies:\n- b=1\n")
    assert [p.name for p in env.conda] == ["b"]
    assert warnings == ["e.yml, line 4: `dependencies` stands here again; what stands here counts"]


def test_several_platforms_are_none_and_a_category_is_left_out() -> None:
    env, warnings = decoded("dependencies: []\nplatforms: [linux-64, osx-64]\ncategory: dev\n")
    assert env.platform == ""
    assert warnings == [
        "e.yml: `category` is for tools that write lock files and is left out",
        "e.yml: for linux-64, osx-64; which of them the environment is for is not told",
    ]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("a " + "(" * 2000 + ">1" + ")" * 2000, "its brackets are nested too deeply"),
        ("a=" + "1" * 5000, "it has 5,002 characters"),
    ],
)
def test_a_spec_that_would_end_the_interpreter_is_a_warning(spec: str, reason: str) -> None:
    env, warnings = decoded(f"dependencies: [b, '{spec}']")
    assert [p.name for p in env.conda] == ["b"]
    assert [warning.rpartition(": ")[2] for warning in warnings] == [reason]
    assert len(warnings[0]) < 2000


@pytest.mark.parametrize(
    ("spec", "channel", "subdir"),
    [
        ("conda-forge/linux-64::a=1", "conda-forge", "linux-64"),
        ("https://host/ch/noarch::a=1", "https://host/ch", "noarch"),
        ("a[version=1, channel=conda-forge, subdir=linux-64]", "conda-forge", "linux-64"),
    ],
)
def test_channel_and_subdir_of_a_spec_are_told_apart(spec: str, channel: str, subdir: str) -> None:
    env, warnings = decoded(f'dependencies: ["{spec}"]')
    assert [(p.channel, p.subdir) for p in env.conda] == [(channel, subdir)]
    assert warnings == []
