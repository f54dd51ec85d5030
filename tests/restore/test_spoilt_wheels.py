"""uv's cache holds unpacked wheels, which an environment may share by hard links: what it spoils is found."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.builders import make_wheel, run_python, site_packages
from tests.restore.environments import Workshop, dist, settings_for, venv_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.server import Server

ENVIRONMENT = venv_environment(dist("other", "1.0"), dist("spoilt", "1.0"))
SAYS = ("-c", "import spoilt; print(spoilt.__version__)")


@pytest.fixture
def environ(index: Server, tmp_path: Path) -> dict[str, str]:
    """A uv that uses hard links, with a cache and an index of this test's own."""
    for name in ("other", "spoilt"):
        make_wheel(index.folder / "simple" / name, name, "1.0")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    return kept | {
        "UV_DEFAULT_INDEX": f"{index.url}/simple",
        "UV_HTTP_RETRIES": "0",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "UV_LINK_MODE": "hardlink",
    }


@pytest.fixture
def workshop(environ: dict[str, str], tmp_path: Path) -> Workshop:
    return Workshop(settings=settings_for(tmp_path, environ=environ))


@pytest.fixture
def in_cache(workshop: Workshop, prefix: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Finds a file in uv's cache, which a first restore has filled."""
    workshop.restore(ENVIRONMENT, prefix.with_name("first"))

    def find(pattern: str) -> Path:
        (file,) = (tmp_path / "uv-cache").glob(f"archive-*/*/{pattern}")
        return file

    return find


def _edit(file: Path) -> None:
    file.write_text("__version__ = 'hacked'\n")


@pytest.mark.parametrize("mode", ["hardlink", "clone", "symlink", None])
def test_a_restored_environment_shares_no_file_with_the_cache(
    mode: str | None, environ: dict[str, str], tmp_path: Path, prefix: Path
) -> None:
    environ.pop("UV_LINK_MODE")
    chosen = environ | ({"UV_LINK_MODE": mode} if mode else {})
    workshop = Workshop(settings=settings_for(tmp_path, environ=chosen))
    workshop.restore(ENVIRONMENT, prefix)
    site = site_packages(prefix)
    shared = [
        file for file in site.rglob("*") if file.is_symlink() or (file.is_file() and file.stat().st_nlink > 1)
    ]
    assert shared == []
    _edit(site / "spoilt.py")
    assert workshop.restore(ENVIRONMENT, prefix.with_name("second")) == ()
    assert run_python(prefix.with_name("second"), *SAYS) == "1.0"


def test_what_another_tool_spoilt_in_the_cache_is_had_anew(
    environ: dict[str, str], workshop: Workshop, prefix: Path, tmp_path: Path
) -> None:
    import uv

    venv = tmp_path / "of-uv"
    run = [uv.find_uv_bin(), "--quiet"]
    subprocess.run([*run, "venv", "--python", sys.executable, str(venv)], env=environ, check=True)
    install = [*run, "pip", "install", "--python", str(venv / "bin/python"), "spoilt", "other"]
    subprocess.run(install, env=environ, check=True)
    _edit(site_packages(venv) / "spoilt.py")
    assert workshop.restore(ENVIRONMENT, prefix) == ()
    assert run_python(prefix, *SAYS) == "1.0"


@pytest.mark.parametrize(
    "path",
    ["spoilt.py", "spoilt-*.dist-info/METADATA", "spoilt-*.dist-info/WHEEL", "spoilt-*.dist-info/RECORD"],
)
@pytest.mark.parametrize("damage", [lambda f: f.write_text("garbage"), os.unlink], ids=["garbage", "gone"])
def test_a_wheel_that_is_damaged_in_the_cache_is_had_anew(
    path: str,
    damage: Callable[[Path], None],
    in_cache: Callable[[str], Path],
    workshop: Workshop,
    prefix: Path,
) -> None:
    damage(in_cache(path))
    assert workshop.restore(ENVIRONMENT, prefix) == ()
    assert run_python(prefix, *SAYS) == "1.0"
    assert run_python(prefix, "-c", "import other; print(other.__version__)") == "1.0"


def test_offline_a_spoilt_file_is_named_with_how_to_clean_the_cache(
    in_cache: Callable[[str], Path], environ: dict[str, str], tmp_path: Path, prefix: Path
) -> None:
    _edit(in_cache("spoilt.py"))
    offline = Workshop(settings=settings_for(tmp_path, environ=environ, offline=True))
    (note,) = offline.restore(ENVIRONMENT, prefix)
    assert (note.name, note.grade) == ("spoilt", "rebuilt")
    assert note.reason.startswith("spoilt.py is not what its RECORD says")
    assert "uv cache clean spoilt" in note.reason


def test_a_file_of_two_distributions_is_what_either_says(
    index: Server, workshop: Workshop, prefix: Path
) -> None:
    for name in ("one", "two"):
        files = {f"{name}.py": "", "tests/__init__.py": f"# of {name}\n"}
        make_wheel(index.folder / "simple" / name, name, "1.0", files=files)
    assert workshop.restore(venv_environment(dist("one", "1.0"), dist("two", "1.0")), prefix) == ()
    assert index.count("*/one-1.0-*") == 1


def test_a_wheel_that_was_published_with_an_untrue_record_cannot_be_exact(
    index: Server, workshop: Workshop, prefix: Path
) -> None:
    import zipfile

    wheel = make_wheel(index.folder / "simple" / "untrue", "untrue", "1.0")
    with zipfile.ZipFile(wheel) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in (members | {"untrue.py": b"pass\n"}).items():
            archive.writestr(name, content)
    (note,) = workshop.restore(venv_environment(dist("untrue", "1.0")), prefix)
    assert (note.grade, note.reason) == (
        "rebuilt",
        "untrue.py is not what its RECORD says, nor is it in the distribution as it was fetched anew",
    )
