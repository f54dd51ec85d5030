from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from envgit.capture.files import check_files, sha256_of
from envgit.errors import NotAPrefix
from envgit.model import FileCheck
from tests.builders import (
    CondaSpec,
    PypiSpec,
    clobber_with_pip,
    make_prefix,
    make_venv,
    run_python,
    site_packages,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def edit_record(prefix: Path, name: str, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the record of a package."""
    (record,) = (prefix / "conda-meta").glob(f"{name}-*.json")
    content = json.loads(record.read_text())
    edit(content)
    record.write_text(json.dumps(content))


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A prefix with one package of files only, one noarch Python package, and one distribution by pip."""
    return make_prefix(
        tmp_path / "prefix",
        conda={
            "tool": CondaSpec(version="1", files={"bin/tool": "#!/bin/sh\n", "share/tool/doc": "doc\n"}),
            "six": CondaSpec(version="1.16.0", dists={"six": "1.16.0"}, noarch="python", mapped=False),
        },
        pypi={"demo": PypiSpec(version="1.0", scripts={"demo": "demo:main"})},
        python="3.11.7",
    )


def test_an_untouched_prefix_passes(prefix: Path) -> None:
    # Two files each of tool and python; of six a module, METADATA, WHEEL, INSTALLER and RECORD;
    # of demo the same without RECORD, which has no hash of its own, REQUESTED, entry points and a script.
    assert check_files(prefix) == FileCheck(checked=16)


@pytest.mark.parametrize(
    "file",
    [
        "bin/tool",
        "lib/python3.11/site-packages/six.py",
        "lib/python3.11/site-packages/demo.py",
        "lib/python3.11/site-packages/demo-1.0.dist-info/METADATA",
        "bin/demo",
    ],
)
def test_an_altered_file_and_a_missing_one_are_named(prefix: Path, file: str) -> None:
    with (prefix / file).open("a") as opened:
        opened.write("x")
    assert check_files(prefix) == FileCheck(checked=16, altered=(file,))
    (prefix / file).unlink()
    assert check_files(prefix) == FileCheck(checked=15, missing=(file,))


def test_what_pip_overwrote_is_judged_by_pips_record(prefix: Path) -> None:
    clobber_with_pip(prefix, "six", "1.17.0")
    assert check_files(prefix).altered == ()
    assert check_files(prefix).missing == ()
    (site_packages(prefix) / "six.py").write_text("altered")
    assert check_files(prefix).altered == ("lib/python3.11/site-packages/six.py",)


def test_what_pip_has_no_business_with_is_missed_though_it_replaced_the_package(prefix: Path) -> None:
    entry = {"_path": "share/six/notice", "path_type": "hardlink", "sha256": "0" * 64}
    edit_record(prefix, "six", lambda record: record["paths_data"]["paths"].append(entry))
    clobber_with_pip(prefix, "six", "1.17.0")
    assert check_files(prefix).missing == ("share/six/notice",)


def test_a_link_counts_by_its_target(prefix: Path) -> None:
    (prefix / "bin/alias").symlink_to("tool")
    entry = {"_path": "bin/alias", "path_type": "softlink", "sha256": "0" * 64}
    edit_record(prefix, "tool", lambda record: record["paths_data"]["paths"].append(entry))
    assert check_files(prefix) == FileCheck(checked=17)
    (prefix / "bin/alias").unlink()
    (prefix / "bin/alias").symlink_to("nowhere")
    assert check_files(prefix) == FileCheck(checked=16, missing=("bin/alias",))


def test_what_stands_where_a_link_was_is_compared(prefix: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"as packed").hexdigest()
    entry = {"_path": "bin/alias", "path_type": "softlink", "sha256": digest}
    edit_record(prefix, "tool", lambda record: record["paths_data"]["paths"].append(entry))
    alias, outside = prefix / "bin/alias", tmp_path / "outside"
    for content, altered in ((b"as packed", ()), (b"a trap", ("bin/alias",))):
        alias.write_bytes(content)
        assert check_files(prefix).altered == altered
        alias.unlink()
        outside.write_bytes(content)
        alias.symlink_to(outside)
        assert check_files(prefix).altered == altered
        alias.unlink()
    alias.symlink_to(tmp_path)
    assert check_files(prefix).altered == ("bin/alias",)


def test_byte_code_is_unverifiable_where_it_has_no_hash_and_never_missing(prefix: Path) -> None:
    code = "lib/python3.11/site-packages/__pycache__/six.cpython-311.pyc"
    entry = {"_path": code, "path_type": "pyc_file"}
    edit_record(prefix, "six", lambda record: record["paths_data"]["paths"].append(entry))
    assert check_files(prefix) == FileCheck(checked=16)
    (prefix / code).parent.mkdir()
    (prefix / code).write_bytes(b"\x00")
    assert check_files(prefix) == FileCheck(checked=16, unverifiable=(code,))


def test_byte_code_that_python_compiled_anew_is_not_altered(prefix: Path) -> None:
    code = "share/tool/__pycache__/doc.cpython-311.pyc"
    (prefix / code).parent.mkdir()
    (prefix / code).write_bytes(b"compiled here")

    def rewritten(record: dict[str, Any]) -> None:
        (source,) = (e for e in record["paths_data"]["paths"] if e["_path"] == "share/tool/doc")
        (prefix / "share/tool/doc").rename(prefix / "share/tool/doc.py")
        source.update(_path="share/tool/doc.py", prefix_placeholder="/opt/placehold")
        record["paths_data"]["paths"].append({"_path": code, "path_type": "hardlink", "sha256": "0" * 64})

    edit_record(prefix, "tool", rewritten)
    assert check_files(prefix) == FileCheck(checked=16, unverifiable=(code,))


def test_a_hash_from_before_the_prefix_was_written_into_a_file_proves_nothing(prefix: Path) -> None:
    def as_installed_by_others(record: dict[str, Any]) -> None:
        for entry in record["paths_data"]["paths"]:
            del entry["sha256_in_prefix"]
            if entry["_path"] == "bin/tool":
                entry.update(prefix_placeholder="/opt/placehold", sha256="0" * 64)

    edit_record(prefix, "tool", as_installed_by_others)
    assert check_files(prefix) == FileCheck(checked=15, unverifiable=("bin/tool",))


def test_a_file_of_several_packages_is_checked_once_and_may_be_of_any(prefix: Path) -> None:
    entry = {"_path": "bin/tool", "path_type": "hardlink", "sha256_in_prefix": "0" * 64}
    edit_record(prefix, "six", lambda record: record["paths_data"]["paths"].append(entry))
    assert check_files(prefix) == FileCheck(checked=16)


def test_old_records_without_hashes_tell_only_what_is_missing(prefix: Path) -> None:
    edit_record(prefix, "tool", lambda record: record.pop("paths_data"))
    (prefix / "bin/tool").unlink()
    assert check_files(prefix) == FileCheck(
        checked=14, missing=("bin/tool",), unverifiable=("share/tool/doc",)
    )


def test_a_corrupt_record_proves_nothing(prefix: Path) -> None:
    (prefix / "conda-meta/bad-1-0.json").write_text("{")
    assert check_files(prefix).unverifiable == ("conda-meta/bad-1-0.json",)


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "a/../../outside", "..", "nul\0", "..\\outside"]
)
def test_no_record_leads_out_of_the_prefix(prefix: Path, path: str) -> None:
    looked_at: list[str] = []

    def watched(file: str) -> str | None:
        looked_at.append(file)
        return sha256_of(file)

    entry = {"_path": path, "path_type": "hardlink", "sha256": "0" * 64}
    edit_record(prefix, "tool", lambda record: record["paths_data"]["paths"].append(entry))
    with (site_packages(prefix) / "demo-1.0.dist-info/RECORD").open("a") as record:
        record.write(f"../../../{path},sha256=AAAA,1\n")
    assert check_files(prefix, hash_file=watched).checked == 16
    assert all(file.startswith(f"{prefix}/") and ".." not in file for file in looked_at)


@pytest.mark.parametrize("named", ["sha512=abc", "md5=abc", "sha256=", "sha256=!", "nonsense"])
def test_a_hash_that_is_not_understood_proves_nothing(prefix: Path, named: str) -> None:
    with (site_packages(prefix) / "demo-1.0.dist-info/RECORD").open("a") as record:
        record.write(f"extra.py,{named},1\n")
    (site_packages(prefix) / "extra.py").write_text("")
    assert check_files(prefix).unverifiable == ("lib/python3.11/site-packages/extra.py",)


def test_a_real_venv_passes_and_its_byte_code_is_unverifiable(tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "venv", packages=["six==1.16.0"])
    fresh = check_files(venv)
    assert fresh.checked > 5
    assert (fresh.altered, fresh.missing, fresh.unverifiable) == ((), (), ())
    run_python(venv, "-c", "import six")
    assert check_files(venv) == fresh
    (site_packages(venv) / "six.py").write_text("altered")
    assert check_files(venv).altered == (f"lib/{site_packages(venv).parent.name}/site-packages/six.py",)


def test_what_is_no_prefix_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(NotAPrefix):
        check_files(tmp_path)


def test_what_no_package_brought_is_unknown(prefix: Path) -> None:
    site = site_packages(prefix)
    (site / "sitecustomize.py").write_text("")
    (site / "linked").symlink_to(prefix / "share")
    for own in (".envgit-restored.json", "conda-meta/state", "pkgs/x", "lib/__pycache__/x"):
        (prefix / own).parent.mkdir(exist_ok=True)
        (prefix / own).write_text("")
    found = check_files(prefix)
    assert found.unknown == (
        "lib/python3.11/site-packages/linked",
        "lib/python3.11/site-packages/sitecustomize.py",
    )
    assert (found.checked, found.altered, found.missing) == (16, (), ())


@pytest.mark.parametrize("target", ["/dev/zero", "pipe"])
def test_what_is_no_regular_file_is_altered_and_is_not_read(prefix: Path, target: str) -> None:
    os.mkfifo(prefix / "pipe")
    (prefix / "bin/tool").unlink()
    (prefix / "bin/tool").symlink_to(prefix / target)
    assert check_files(prefix).altered == ("bin/tool",)


def test_what_may_not_be_read_is_unverifiable_and_not_suspected(prefix: Path) -> None:
    def forbidden(path: str) -> str | None:
        if path.endswith("bin/tool"):
            raise PermissionError(path)
        return sha256_of(path)

    assert check_files(prefix, hash_file=forbidden) == FileCheck(checked=15, unverifiable=("bin/tool",))


def test_what_is_known_to_be_kept_is_not_looked_at(prefix: Path) -> None:
    altered, gone = "lib/python3.11/site-packages/six.py", "lib/python3.11/site-packages/demo.py"
    (prefix / altered).write_text("other")
    (prefix / gone).unlink()
    assert check_files(prefix, kept=frozenset({altered})).missing == (gone,)
    assert check_files(prefix, kept=frozenset({altered})).altered == ()
    assert check_files(prefix, kept=frozenset({gone})).altered == (altered,)
