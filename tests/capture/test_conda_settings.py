from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import CondaSpec, make_prefix
from tests.capture.captures import captured, kinds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make_from(path: Path, *channels: str, history: str = "") -> Path:
    """A prefix with one package of each channel."""
    conda = {f"p{i}": CondaSpec(version="1", channel=channel) for i, channel in enumerate(channels)}
    return make_prefix(path, conda=conda, python=None, history=history)


def command(words: str) -> str:
    return f"==> 2024 <==\n# cmd: {words}\n"


MAIN = "https://repo.anaconda.com/pkgs/main"
R = "https://repo.anaconda.com/pkgs/r"
TEAM = "https://conda.example.org/team"


@pytest.mark.parametrize(
    ("condarc", "history", "used", "order"),
    [
        ("channels: [b, a]", "", ["a", "b"], ("b", "a")),
        ("channels: [b, unused, a]", "", ["a", "b"], ("b", "a")),
        ("channels: [a]", command("conda install -c b x"), ["a", "b"], ("b", "a")),
        ("channels: [a]", "", ["a", "b", "c", "c"], ("a", "c", "b")),
        ("", "", [MAIN, R], ("defaults",)),
        ("", "", ["a", MAIN], ("defaults", "a")),
        ("channels: [a]", "", ["a", MAIN, R], ("a", "defaults")),
        ("channels: [a, defaults]", "", ["a", MAIN], ("a", "defaults")),
        ("channels: [nodefaults, a]", "", ["a"], ("a",)),
        (f"channels: ['{TEAM}/', a]", "", ["a", TEAM], (TEAM, "a")),
        ("channels: ['https://ada:pw@conda.example.org/t/tk/team']", "", ["a", TEAM], (TEAM, "a")),
        ("channels: ['https://conda.anaconda.org/a/', b]", "", ["b", "a"], ("a", "b")),
        ("channels: [a, b]\nchannel_alias: https://conda.example.org", "", ["https://conda.example.org/b"],
         ("https://conda.example.org/b",)),
        (f"channels: [team, a]\ncustom_channels:\n  team: {TEAM.removesuffix('/team')}", "", ["a", TEAM],
         (TEAM, "a")),
        ("channels: [ours]\ncustom_multichannels:\n  ours: [b, a]", "", ["a", "b"], ("b", "a")),
        ("channels: [a, defaults]\ndefault_channels: ['https://mirror.example/main']", "",
         ["https://mirror.example/main", "a"], ("a", "defaults")),
        ("channels: a", "", ["b", "a"], ("a", "b")),
        ("channels: [a, 7, null]", "", ["b", "a"], ("a", "b")),
    ],
)  # fmt: skip
def test_channels_are_in_the_order_conda_asks_them(
    tmp_path: Path, condarc: str, history: str, used: list[str], order: tuple[str, ...]
) -> None:
    prefix = make_from(tmp_path, *used, history=history)
    (prefix / ".condarc").write_text(condarc)
    assert captured(prefix).environment.channels == order


def test_the_closest_configuration_comes_first(tmp_path: Path) -> None:
    prefix = make_from(tmp_path / "root/envs/demo", "a", "b", "c", "d", "e", "f", "g")
    home = tmp_path / "home"
    places = {
        prefix / ".condarc": "a",
        home / ".mambarc": "b",
        home / ".condarc": "c",
        home / ".conda/.condarc": "d",
        home / ".config/conda/condarc.d/20-site.yml": "e",
        tmp_path / "root/.condarc": "g",
    }
    for place, channel in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"channels: [{channel}]\n")
    variables = {"CONDA_CHANNELS": "x,https://ada:pw@conda.anaconda.org/f"}
    order = captured(prefix, home=home, environ=variables).environment.channels
    assert order == ("f", "a", "b", "c", "d", "e", "g")


@pytest.mark.parametrize(
    ("files", "environ", "priority"),
    [
        ({}, {}, None),
        ({".condarc": "channel_priority: strict"}, {}, "strict"),
        ({".condarc": "channel_priority: true"}, {}, "flexible"),
        ({".condarc": "channel_priority: no"}, {}, "disabled"),
        ({".condarc": "channel_priority: whatever"}, {}, None),
        ({"condarc": "channel_priority: flexible", ".condarc": "channel_priority: strict"}, {}, "flexible"),
        ({".condarc": "channel_priority: strict"}, {"CONDA_CHANNEL_PRIORITY": "disabled"}, "disabled"),
    ],
)
def test_the_strongest_channel_priority_counts(
    tmp_path: Path, files: Mapping[str, str], environ: Mapping[str, str], priority: str | None
) -> None:
    prefix = make_from(tmp_path, "a")
    for name, text in files.items():
        (prefix / name).write_text(text)
    assert captured(prefix, environ=environ).environment.channel_priority == priority


def test_condarc_names_the_file_by_variable(tmp_path: Path) -> None:
    prefix = make_from(tmp_path / "prefix", "a", "b")
    (tmp_path / "elsewhere.yml").write_text("channels: [b]")
    order = captured(prefix, environ={"CONDARC": str(tmp_path / "elsewhere.yml")}).environment.channels
    assert order == ("b", "a")


@pytest.mark.parametrize("text", ["channels: [", "- a", "\tchannels: a", "!!python/object:x {}"])
def test_a_condarc_that_cannot_be_used_is_a_warning_that_names_it(tmp_path: Path, text: str) -> None:
    prefix = make_from(tmp_path, "a")
    (prefix / ".condarc").write_text(text)
    found = captured(prefix)
    assert kinds(found) == ["bad-condarc"]
    assert str(prefix / ".condarc") in found.warnings[0].message
    assert found.environment.channels == ("a",)


def test_an_empty_condarc_is_none(tmp_path: Path) -> None:
    prefix = make_from(tmp_path, "a")
    (prefix / ".condarc").write_text("# nothing yet\n")
    assert captured(prefix).warnings == ()
