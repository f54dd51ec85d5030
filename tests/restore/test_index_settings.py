"""Where distributions come from is what the user told uv, or else pip; nothing of today's project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.restore.pypi.uv import Ran, find_uv
from tests.builders import make_wheel, run_python
from tests.restore.environments import Workshop, dist, settings_for, venv_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envgit.restore.pypi.uv import Uv
    from tests.server import Server


def uv_of(tmp_path: Path, environ: Mapping[str, str], *indexes: str) -> Uv:
    """The uv of a user with this home and these variables; nobody else's pip is configured."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    nothing = {"PIP_CONFIG_FILE": "/dev/null"} if "PIP_CONFIG_FILE" not in environ else {}
    return find_uv(settings_for(tmp_path, home=home, environ={**nothing, **environ}, indexes=indexes))


def write_config(tmp_path: Path, text: str, *, name: str = "pip.conf") -> str:
    file = tmp_path / name
    file.write_text(text)
    return str(file)


def test_pip_variables_become_those_of_uv(tmp_path: Path) -> None:
    environ = {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://one.example/simple https://two.example/simple",
        "PIP_TRUSTED_HOST": "mirror.example",
    }
    found = uv_of(tmp_path, environ).environ
    assert found["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert found["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
    assert found["UV_INSECURE_HOST"] == "mirror.example"


def test_pip_configuration_file_is_read_section_by_section(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    config = write_config(
        tmp_path,
        "[global]\nindex_url = https://global.example/simple\nfind-links =\n"
        f"    {wheels}\n    /nowhere/at/all\n    https://links.example/\n"
        "[install]\nindex-url = https://install.example/simple\nno-index = true\n"
        "[list]\nindex-url = https://wrong.example/\n",
    )
    found = uv_of(tmp_path, {"PIP_CONFIG_FILE": config})
    assert found.environ["UV_DEFAULT_INDEX"] == "https://install.example/simple"
    assert found.environ["UV_FIND_LINKS"] == f"{wheels},https://links.example/"
    assert found.index_options == ("--no-index",)


def test_pip_variable_wins_over_its_file(tmp_path: Path) -> None:
    config = write_config(tmp_path, "[global]\nindex-url = https://file.example/\n")
    environ = {"PIP_CONFIG_FILE": config, "PIP_INDEX_URL": "https://variable.example/"}
    assert uv_of(tmp_path, environ).environ["UV_DEFAULT_INDEX"] == "https://variable.example/"


@pytest.mark.parametrize("where", [".config/pip/pip.conf", ".pip/pip.conf"])
def test_user_s_pip_configuration_is_found(where: str, tmp_path: Path) -> None:
    file = tmp_path / "home" / where
    file.parent.mkdir(parents=True)
    file.write_text("[global]\nindex-url = https://user.example/\n")
    found = find_uv(settings_for(tmp_path, home=tmp_path / "home", environ={}))
    assert found.environ["UV_DEFAULT_INDEX"] == "https://user.example/"


@pytest.mark.parametrize("text", ["no sections", "[global]\nindex-url", "\ud800"])
def test_pip_configuration_that_pip_cannot_read_counts_for_nothing(text: str, tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert "UV_DEFAULT_INDEX" not in uv_of(tmp_path, {"PIP_CONFIG_FILE": str(file)}).environ


@pytest.mark.parametrize("told", ["variable", "file"])
def test_uv_that_was_told_about_indexes_does_not_ask_pip(told: str, tmp_path: Path) -> None:
    config = write_config(tmp_path, '[[index]]\nurl = "https://uv.example/"\n', name="uv.toml")
    own = {"UV_INDEX": "https://uv.example/"} if told == "variable" else {"UV_CONFIG_FILE": config}
    found = uv_of(tmp_path, {"PIP_INDEX_URL": "https://pip.example/", **own}).environ
    assert "UV_DEFAULT_INDEX" not in found


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("# no index here\noffline = false\n", True),
        ('index-strategy = "first-index"\n', True),
        ("index = [\n", True),
        ("[pip]\nno-index = true\n", False),
        ('find-links = ["/wheels"]\n', False),
    ],
)
def test_pip_is_asked_unless_the_settings_of_uv_say_where_to_look(
    text: str, *, asked: bool, tmp_path: Path
) -> None:
    config = write_config(tmp_path, text, name="uv.toml")
    environ = {"PIP_INDEX_URL": "https://pip.example/", "UV_CONFIG_FILE": config}
    assert ("UV_DEFAULT_INDEX" in uv_of(tmp_path, environ).environ) == asked


def test_indexes_of_the_repository_are_asked_before_the_user_s(tmp_path: Path) -> None:
    environ = {"UV_INDEX": "https://user.example/"}
    found = uv_of(tmp_path, environ, "https://a.example/", "https://b.example/").environ
    assert found["UV_INDEX"] == "https://a.example/ https://b.example/ https://user.example/"


def test_settings_that_change_what_is_installed_are_not_passed_on(tmp_path: Path) -> None:
    hostile = {
        "UV_CONSTRAINT": "/x",
        "UV_EXCLUDE_NEWER": "2020-01-01",
        "UV_REQUIRE_HASHES": "1",
        "UV_PYTHON": "2.7",
        "PYTHONPATH": "/x",
        "GIT_DIR": "/x",
        "GIT_INDEX_FILE": "/x",
    }
    kept = {"UV_CACHE_DIR": "/cache", "HTTPS_PROXY": "http://proxy.example", "GIT_SSH_COMMAND": "ssh"}
    found = uv_of(tmp_path, hostile | kept).environ
    assert not hostile.keys() & found.keys()
    assert {name: found[name] for name in kept} == kept


def test_project_settings_of_today_do_not_matter(index: Server, tmp_path: Path, prefix: Path) -> None:
    make_wheel(index.folder / "simple/plain", "plain", "1.0")
    (tmp_path / "pyproject.toml").write_text('[tool.uv]\nconstraint-dependencies = ["plain>=2"]\n')
    (tmp_path / "uv.toml").write_text('exclude-newer = "2001-01-01"\n')
    environ = {"UV_DEFAULT_INDEX": f"{index.url}/simple", "UV_CACHE_DIR": str(tmp_path / "uv-cache")}
    workshop = Workshop(settings=settings_for(tmp_path, environ=environ))
    assert workshop.restore(venv_environment(dist("plain", "1.0")), prefix) == ()


def test_version_is_taken_from_the_index_that_has_it(index: Server, tmp_path: Path, prefix: Path) -> None:
    make_wheel(index.folder / "first/plain", "plain", "9.0")
    make_wheel(index.folder / "simple/plain", "plain", "1.0")
    environ = {"UV_DEFAULT_INDEX": f"{index.url}/simple", "UV_CACHE_DIR": str(tmp_path / "uv-cache")}
    settings = settings_for(tmp_path, environ=environ, indexes=(f"{index.url}/first",))
    assert Workshop(settings=settings).restore(venv_environment(dist("plain", "1.0")), prefix) == ()
    assert run_python(prefix, "-c", "import plain; print(plain.__version__)") == "1.0"


def test_reason_is_one_line_without_secrets() -> None:
    output = (
        "Using Python 3.11.7 environment at: /x.envgit-01234567\n"
        "error: Request failed after 3 retries\n"
        "  cause: Failed to fetch: `https://ada:hunter2@mirror.example/simple/x/`\n\n"
        "  cause: HTTP status server error (503 Service Unavailable)\n"
    )
    ran = Ran(ok=False, output=output)
    assert ran.unreachable
    assert ran.reason == (
        "Request failed after 3 retries; Failed to fetch: `https://mirror.example/simple/x/`; "
        "HTTP status server error (503 Service Unavailable)"
    )
