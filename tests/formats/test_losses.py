"""What a format cannot hold of an environment is said of that environment, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from envgit.errors import EnvgitError
from envgit.formats import decode_any
from envgit.formats.local_places import local_places
from envgit.formats.losses import CARRIED, losses
from envgit.formats.writing import Written, encode_as
from envgit.model import IndexFile, Patch, Source, Variable
from tests.formats.environments import SHA256, conda, dist, environment, folder, from_url, vcs

if TYPE_CHECKING:
    from envgit.model import Environment

FULL = environment(
    from_url("six", sha256=SHA256, md5="b" * 32, requested=("six",)),
    conda("odd", url=None),
    dist("click", file=IndexFile(sha256=SHA256, name="click-1.0-py3-none-any.whl")),
    dist("gone", "", owner="clobbered"),
    dist("idna", owner="clobbered"),
    dist("mine", source=folder(editable=True)),
    dist("theirs", source=replace(vcs(), patch=Patch(name="theirs.patch", sha256=SHA256))),
    channels=("conda-forge", "pytorch"),
    channel_priority="strict",
    variables=(Variable(name="MODE", value="fast"), Variable(name="TOKEN")),
    pins=("python 3.11.*",),
)


def said(env: Environment, written: Written) -> list[str]:
    return [warned.message.removeprefix(f"{written} does not keep ") for warned in losses(env, written)]


def test_every_format_has_its_row() -> None:
    assert set(CARRIED) == set(get_args(Written))


def test_environment_yml_loses_what_makes_packages_exact() -> None:
    assert said(FULL, "environment-yml") == [
        "the builds of conda packages: six h0_0, odd h0_0",
        "the hashes of conda packages: six",
        "which files of an index were installed, and their hashes: click",
        "the changes to editable installs that were in no commit: theirs",
        "variables whose values were not recorded or look like secrets: TOKEN",
        "the pins of conda: python 3.11.*",
        "the channel priority: strict",
        "which conda packages were asked for, and which came along: six",
        "that pip uninstalled what conda brings: gone",
        "the platform: linux-64",
    ]


def test_explicit_loses_the_python_layer_and_what_has_no_url() -> None:
    lost = said(FULL, "explicit")
    assert "conda packages of which no URL is known, but as comments: odd" in lost
    assert "what pip or uv installed from an index: click, idna" in lost
    assert "what was installed from a folder, a file, a URL or version control: mine, theirs" in lost
    assert not [sentence for sentence in lost if "builds" in sentence or "hashes" in sentence]


def test_requirements_name_the_format_that_holds_the_rest() -> None:
    lost = said(FULL, "requirements")
    assert "the conda packages: six, odd" in lost
    assert (
        "what was installed from a folder, a file, a URL or version control: mine, theirs "
        "(requirements-local holds it)" in lost
    )
    assert not [sentence for sentence in lost if sentence.startswith(("the pins", "the builds"))]


@pytest.mark.parametrize("written", get_args(Written))
def test_environment_that_has_nothing_to_lose_is_no_warning(written: Written) -> None:
    assert losses(environment(platform=""), written) == ()


@pytest.mark.parametrize("written", ["explicit", "conda-lock", "pixi-lock"])
def test_exact_formats_lose_nothing_of_exact_conda_packages(written: Written) -> None:
    assert losses(environment(from_url("six", sha256=SHA256, md5="b" * 32)), written) == ()


def test_whatever_stands_in_a_warning_is_of_the_kind_lost() -> None:
    assert {warned.kind for warned in losses(FULL, "explicit")} == {"lost"}


@pytest.mark.parametrize(
    ("written", "env", "message"),
    [
        ("explicit", environment(dist("click")), "it has no conda packages whose URL is known"),
        ("pylock", environment(from_url("six")), "it has no packages that pip or uv installed"),
        ("requirements", environment(dist("mine", source=folder())), "installed from an index"),
        ("requirements-local", environment(dist("click")), "elsewhere than an index"),
        ("explicit", environment(conda("six")), "it has no conda packages whose URL is known"),
    ],
)
def test_format_that_would_hold_nothing_is_refused(written: Written, env: Environment, message: str) -> None:
    with pytest.raises(EnvgitError, match=message):
        encode_as(env, written, name="x")


@pytest.mark.parametrize("written", ["environment-json", "pip-inspect"])
def test_half_a_character_is_no_more_in_json_than_in_text(written: Written) -> None:
    with pytest.raises(EnvgitError, match=rf"^{written} cannot hold half of a surrogate pair"):
        encode_as(environment(dist("mine", source=folder(url="https://host/\ud800.zip"))), written, name="x")


@pytest.mark.parametrize("written", ["explicit", "conda-list", "requirements", "requirements-local"])
def test_text_that_no_file_can_hold_is_refused_with_its_line(written: Written) -> None:
    env = environment(from_url("six"), dist("click"), dist("mine", source=folder()), platform="linux-\ud800")
    with pytest.raises(EnvgitError, match=rf"^{written} cannot hold .* `# platform: linux-\\ud800`$"):
        encode_as(env, written, name="x")


FILES = "file:///srv/files"
HERE = environment(
    conda("six", channel="file:///srv/channel"),
    conda("zlib"),
    dist("click", file=IndexFile(sha256=SHA256, name="click.whl", url=f"{FILES}/click.whl")),
    dist("mine", source=folder(url="./mine", repository=".", subdirectory="mine")),
    dist("zipped", source=Source(kind="archive", url=f"{FILES}/zipped.zip", sha256=SHA256)),
)


@pytest.mark.parametrize("written", ["requirements", "conda-list"])
def test_what_a_format_does_not_tell_the_place_of_is_none_of_its_places(written: Written) -> None:
    assert local_places(HERE, encode_as(HERE, written, name="x")) == ()


@pytest.mark.parametrize("text", [None, encode_as(HERE, "environment-yml", name="x")])
def test_places_of_this_machine_are_named_with_what_comes_from_them(text: str | None) -> None:
    files = "click, zipped" if text is None else "zipped"
    assert [(warned.kind, warned.message) for warned in local_places(HERE, text)] == [
        ("local-path", "file:///srv/channel is a place on one machine, and others cannot get from it: six"),
        ("local-path", f"{FILES} is a place on one machine, and others cannot get from it: {files}"),
    ]


@pytest.mark.parametrize("written", ["conda-lock", "pixi-lock"])
def test_locks_tell_files_of_an_index_that_is_a_folder(written: Written) -> None:
    env = environment(*HERE.additions[::2])
    read = decode_any(encode_as(env, written, name="x").encode(), where="lock")
    click, zipped = read.environment.additions
    assert (click.source, click.file and click.file.url) == (None, f"{FILES}/click.whl")
    assert (zipped.file, zipped.source and zipped.source.url) == (None, f"{FILES}/zipped.zip")
    assert [warned.kind for warned in read.warnings] == ["local-path"] * 2
