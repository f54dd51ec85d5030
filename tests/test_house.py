"""The house rules: what the documents say of the code, the layers, the packages that are built of it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

import envgit
from envgit.cli import app as frame
from envgit.cli.verbs import register
from envgit.errors import EnvgitError
from envgit.formats.losses import CARRIED
from envgit.release import __version__
from envgit.store.settings import Settings
from tests.builders import make_venv, run_python
from tests.builders.venv import run_uv

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click import Group

TOP = Path(__file__).resolve().parent.parent
PACKAGE = TOP / "envgit"
MODULES = {
    ".".join(file.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(PACKAGE.rglob("*.py"))
}
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())
CONTRACTS = {contract["type"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
DOCUMENTS = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])

#: Names by which libraries are imported, where the distribution is called otherwise.
IMPORTED_AS = {"GitPython": "git", "PyYAML": "yaml", "py-rattler": "rattler", "tomli-w": "tomli_w"}


def imported_by(file: Path) -> Iterator[str]:
    """Yield every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def rows(document: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without backquotes, the header row left out."""
    text = document.read_text().partition(f"{heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table, f"{document} has no table below {heading!r}"
    lines = table[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]


def within(module: str, packages: list[str]) -> bool:
    """Whether a module is one of these, or below one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def command_line() -> Group:
    """Every verb as Typer built it."""
    register()
    group: Group = typer.main.get_command(frame.app)  # type: ignore[assignment]
    return group


# --- layers ---


def test_import_contracts_are_kept() -> None:
    pytest.importorskip("importlinter", reason="import-linter comes with the extra `check`")
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as c; c()",
        "--no-cache",
    ]
    ran = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_module_is_in_a_layer() -> None:
    layers = [name.strip() for line in CONTRACTS["layers"]["layers"] for name in line.split("|")]
    outside = [m for m in MODULES if not within(m, layers) and m not in ("envgit", "envgit.__main__")]
    assert outside == []


@pytest.mark.parametrize("module", CONTRACTS["forbidden"]["source_modules"])
def test_pure_modules_open_no_files(module: str) -> None:
    assert any(within(name, [module]) for name in MODULES)
    for name, file in MODULES.items():
        if within(name, [module]):
            calls = [n.func for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
            assert not {c.id for c in calls if isinstance(c, ast.Name)} & {"open", "print", "input"}, file
            assert not {n.split(".")[0] for n in imported_by(file)} & {"os", "pathlib", "subprocess"}, file


def test_documented_layers_are_those_of_the_contract() -> None:
    documented = [
        [f"envgit.{name.strip()}" for name in cells[0].split(",")]
        for cells in rows(TOP / "docs/architecture.md", "## Layers")
    ]
    contracted = [[n.strip() for n in line.split("|")] for line in CONTRACTS["layers"]["layers"]]
    assert [sorted(names) for names in documented] == [sorted(names) for names in contracted]


def test_each_third_party_library_has_the_home_that_is_documented() -> None:
    homes = {
        IMPORTED_AS.get(library, library): [f"envgit.{home.strip()}" for home in home_cell.split(",")]
        for library, home_cell, _ in rows(TOP / "docs/architecture.md", "## Homes of third-party libraries")
    }
    strangers = []
    inhabited: dict[str, set[str]] = {library: set() for library in homes}
    for module, file in MODULES.items():
        for imported in {name.split(".")[0] for name in imported_by(file)}:
            # What begins with _ is of the standard library too: one name in this Python, another in that.
            if imported in {*sys.stdlib_module_names, "tomllib", "envgit"} or imported.startswith("_"):
                continue
            if not within(module, homes.get(imported, [])):
                strangers.append(f"{module} imports {imported}")
                continue
            inhabited[imported].update(home for home in homes[imported] if within(module, [home]))
    assert strangers == []
    assert {library: sorted(found) for library, found in inhabited.items()} == {
        library: sorted(home) for library, home in homes.items()
    }


def test_dependencies_are_the_libraries_with_a_home() -> None:
    declared = {re.split(r"[<>=\[ ]", line)[0] for line in PROJECT["project"]["dependencies"]}
    documented = {
        cells[0] for cells in rows(TOP / "docs/architecture.md", "## Homes of third-party libraries")
    }
    assert declared == documented


def test_modules_are_short_and_named_for_one_thing() -> None:
    vague = {"utils", "helpers", "helper", "manager", "handler", "common", "misc", "data", "info", "process"}
    assert [m for m in MODULES if m.split(".")[-1] in vague] == []
    assert [m for m, file in MODULES.items() if len(file.read_text().splitlines()) >= 400] == []


def test_importing_envgit_loads_no_library() -> None:
    code = "import sys, envgit; print(*{name.split('.')[0] for name in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TOP)
    libraries = {name.split(".")[0] for name in ran.stdout.split()} - sys.stdlib_module_names
    assert not libraries & {"git", "yaml", "typer", "rich", "deepdiff", "rattler", "packaging", "uv"}


# --- documents ---


def test_every_verb_has_a_section_that_names_its_options() -> None:
    text = (TOP / "docs/cli.md").read_text()
    sections = dict(re.findall(r"^## envgit (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    commands = command_line().commands
    assert sorted(sections) == sorted(commands)
    for verb, command in commands.items():
        options = {name for p in command.params for name in p.opts if name.startswith("-")} - {"-h", "--help"}
        named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", sections[verb]))
        assert options <= named, f"{verb} has options that docs/cli.md does not name"
        assert {n for n in named if n.startswith("--")} <= options, f"{verb} has none such"


def test_readme_shows_every_verb_and_no_other() -> None:
    text = (TOP / "README.md").read_text()
    verbs = {name for name, command in command_line().commands.items() if not command.hidden}
    used = set(re.findall(r"(?:^\$ |`|&& |is )envgit ([a-z]+)", text, re.MULTILINE))
    assert used <= verbs
    listed = set((TOP / "docs/cli.md").read_text().split())
    assert verbs <= listed
    assert {"init", "tag", "log", "status", "checkout", "run", "verify", "demo"} <= used


def test_readme_options_exist() -> None:
    commands = command_line().commands
    for line in re.findall(r"envgit ([a-z]+ [^`\n]*)", (TOP / "README.md").read_text()):
        verb, *words = line.partition(" -- ")[0].split()
        if verb in commands:
            known = {name for parameter in commands[verb].params for name in parameter.opts}
            assert {word for word in words if re.fullmatch(r"--?[a-z-]+", word)} <= known, line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_readme_settings_are_those_of_the_code() -> None:
    documented = [cells[0].split(".")[-1].lower() for cells in rows(TOP / "README.md", "## Configuration")]
    known = [field.name.replace("_", "") for field in fields(Settings)]
    assert len(documented) == len(known)
    assert all(any(name.startswith(setting) for name in known) for setting in documented)


def test_documented_exit_codes_are_those_of_the_code() -> None:
    for module in pkgutil.walk_packages(envgit.__path__, "envgit."):
        if module.name not in ("envgit.__main__", "envgit.githooks.entry"):
            importlib.import_module(module.name)
    kinds = {(kind.kind, kind.exit_code) for kind in _and_below(EnvgitError)}
    table = rows(TOP / "docs/exit-codes.md", "## Kinds of errors")
    assert {(kind, int(code)) for kind, code, _ in table} == kinds
    codes = {int(cells[0]) for cells in rows(TOP / "docs/exit-codes.md", "# Exit codes")}
    assert codes == {code for _, code in kinds} | {frame.DONE, frame.DRIFT, frame.NOT_EXACT}
    assert {int(code) for code in re.findall(r"(\d+) [a-z]", str(frame.app.info.epilog))} | {127} == codes


def test_documented_losses_are_those_of_the_code() -> None:
    document = TOP / "docs/formats.md"
    assert f"| | {' | '.join(f'`{written}`' for written in CARRIED)} |\n" in document.read_text()
    table = [(cells[0].partition(":")[0], cells[1:]) for cells in rows(document, "## Writing")]
    for number, (written, aspects) in enumerate(CARRIED.items()):
        assert {aspect for aspect, kept in table if kept[number]} == aspects, written


def _and_below(kind: type[EnvgitError]) -> Iterator[type[EnvgitError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _and_below(below)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (TOP / "README.md").read_text()
    (command,) = [line for line in readme.splitlines() if "&& pytest" in line]
    assert command == "pip install '.[test]' && pytest"
    script = (TOP / ".ci/run").read_text()
    assert "tests=$(grep -E '&& pytest' README.md)" in script
    assert 'eval "$tests"' in script


def test_the_newest_changes_are_of_this_version() -> None:
    newest, *_ = re.findall(r"^## \[(\d[^\]]*)\]", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest == __version__


# --- what is built ---

LAUNCHER = (
    "from envgit.githooks.launcher import launcher_block; print(launcher_block('post-commit').decode())"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run_uv("build", "--quiet", "--wheel", "--out-dir", str(folder), str(TOP))
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_wheel_holds_the_launcher_the_typing_marker_and_every_module(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        launcher = archive.read("envgit/hooks/launcher")
    assert launcher == (TOP / "hooks/launcher").read_bytes()
    assert "envgit/py.typed" in names
    assert {str(file.relative_to(TOP)) for file in MODULES.values()} <= names
    assert {name.split("/")[0] for name in names} == {"envgit", f"{wheel.name.split('-py3')[0]}.dist-info"}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["wheel", "editable"])
def test_installed_envgit_finds_its_launcher(way: str, wheel: Path, tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "venv")
    what = [str(wheel)] if way == "wheel" else ["--editable", str(TOP)]
    run_uv("pip", "install", "--quiet", "--no-deps", "--python", str(venv), *what)
    block = run_python(venv, "-I", "-c", LAUNCHER)
    assert block.startswith("# >>> envgit: post-commit >>>")
    assert str(venv) in block
