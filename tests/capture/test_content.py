from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.capture.content import content_digest, rows_of_record, script_names
from tests.builders import make_prefix, make_venv, make_wheel, pip_install, run_python, site_packages
from tests.capture.captures import captured, dist

if TYPE_CHECKING:
    from pathlib import Path

RECORD = """\
six.py,sha256=aaa,10
six-1.0.dist-info/METADATA,sha256=bbb,20
six-1.0.dist-info/RECORD,,
"""


def digest(record: str, *, entry_points: tuple[str, ...] = (), scripts: tuple[str, ...] = ()) -> str:
    return content_digest(
        record,
        dist_info="six-1.0.dist-info",
        entry_points=set(entry_points),
        is_script=lambda path: path.rpartition("/")[2] in scripts,
    )


@pytest.mark.parametrize(
    "row",
    [
        "six-1.0.dist-info/INSTALLER,sha256=ccc,4",
        "six-1.0.dist-info/REQUESTED,sha256=ccc,0",
        "six-1.0.dist-info/direct_url.json,sha256=ccc,90",
        "six-1.0.dist-info/uv_cache.json,sha256=ccc,90",
        "six-1.0.dist-info/RECORD.jws,,",
        "__pycache__/six.cpython-311.pyc,,",
        "six.pyc,sha256=ccc,1",
        "../../../bin/six,sha256=ccc,200",
        "../../../bin/shebang,sha256=ccc,200",
        "../../Scripts/six.exe,sha256=ccc,200",
        "../../Scripts/six-script.py,sha256=ccc,200",
        "six.py,sha256=aaa,10",
        "",
    ],
)
def test_what_an_installer_adds_does_not_change_the_digest(row: str) -> None:
    known = {"entry_points": ("six",), "scripts": ("shebang",)}
    assert digest(RECORD + row + "\n", **known) == digest(RECORD, **known)


@pytest.mark.parametrize(
    "row",
    [
        "extra.py,sha256=ccc,4",
        "../../../bin/binary,sha256=ccc,200",
        "../../../share/man/man1/six.1,sha256=ccc,200",
        "six/INSTALLER,sha256=ccc,4",
        "other-1.0.dist-info/INSTALLER,sha256=ccc,4",
        '"comma,quote"".py",sha256=ccc,4',
    ],
)
def test_any_other_file_changes_the_digest(row: str) -> None:
    known = {"entry_points": ("six",), "scripts": ("shebang",)}
    assert digest(RECORD + row + "\n", **known) != digest(RECORD, **known)


@given(st.permutations(RECORD.splitlines()), st.sampled_from(["\n", "\r\n"]))
def test_neither_order_nor_line_ends_matter(lines: list[str], end: str) -> None:
    assert digest(end.join(lines) + end) == digest(RECORD)


@given(st.text())
def test_any_text_is_a_record(text: str) -> None:
    digest(text)


def test_rows_are_read_with_quotes_and_backslashes_and_without_hashes() -> None:
    record = '"a,b.py",sha256=x,1\nwin\\c.py,sha256=y,2\nRECORD,,\nodd\n'
    assert list(rows_of_record(record)) == [
        ("a,b.py", "sha256=x"),
        ("win/c.py", "sha256=y"),
        ("RECORD", ""),
        ("odd", ""),
    ]


def test_console_and_gui_scripts_are_named_and_other_entry_points_not() -> None:
    scripts = "[console_scripts]\n# no = no\nsix = six:main\n[gui_scripts]\nsix-gui=six:gui"
    assert script_names("[pytest11]\nplugin = x\n\n" + scripts) == {"six", "six-gui"}


WHEEL_FILES = {"demo/__init__.py": "", "demo/datä.py": "x = 1\n"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with an entry point, a script with a shebang, one without, and awkward names."""
    return make_wheel(
        tmp_path_factory.mktemp("wheels"),
        "demo-tool",
        "1.0",
        files=WHEEL_FILES,
        entry_points={"demo": "demo:main"},
        scripts={"demo-script": "#!python\nprint('hello')\n", "demo-native": "\x7fELF not really\n"},
    )


def test_pip_and_uv_agree_on_the_digest_of_a_wheel_in_any_prefix(tmp_path: Path, wheel: Path) -> None:
    by_uv = make_venv(tmp_path / "by uv", packages=[str(wheel)])
    by_pip = make_venv(tmp_path / "elsewhere/by-pip", tool="venv", packages=["pip"])
    run_python(by_pip, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel))
    run_python(by_pip, "-c", "import demo")
    uv, pip = dist(captured(by_uv), "demo-tool"), dist(captured(by_pip), "demo-tool")
    assert (uv.installer, pip.installer) == ("uv", "pip")
    assert uv.digest == pip.digest
    record = site_packages(by_pip) / "demo_tool-1.0.dist-info/RECORD"
    assert "bin/demo-native" in record.read_text()


def test_another_content_under_the_same_version_has_another_digest(tmp_path: Path, wheel: Path) -> None:
    other = make_wheel(tmp_path, "demo-tool", "1.0", files=WHEEL_FILES | {"demo/__init__.py": "altered"})
    one, two = make_venv(tmp_path / "one"), make_venv(tmp_path / "two")
    pip_install(one, wheel)
    pip_install(two, other)
    assert dist(captured(one), "demo-tool").digest != dist(captured(two), "demo-tool").digest


def test_a_record_without_content_gives_no_digest(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": "1.16.0"})
    (site_packages(prefix) / "six-1.16.0.dist-info/RECORD").write_text("\n")
    six = dist(captured(prefix), "six")
    assert (six.digest, six.owner) == (None, "pypi")


def test_a_line_with_a_name_beyond_reason_is_passed_over() -> None:
    record = f'"{"a" * 200_000}",sha256=x,1\nsix.py,sha256=aaa,10\n'
    assert list(rows_of_record(record)) == [("six.py", "sha256=aaa")]
