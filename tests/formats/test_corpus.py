"""Every environment file of the corpus is read, or refused for a reason that is true."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.formats import decode_any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envgit.formats.decoded import Decoded


def read_all(folder: Path) -> tuple[dict[str, Decoded], dict[str, str]]:
    """Each file below a folder by its path: what it was read as, or the message it was refused with."""
    read, refused = {}, {}
    for file in _files(folder):
        where = file.relative_to(folder).as_posix()
        try:
            read[where] = decode_any(file.read_bytes(), where=where, platform="linux-64")
        except BadFile as error:
            name, _, reason = error.message.partition(where)
            refused[where] = name + reason.lstrip(":, ")
    return read, refused


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def kinds(read: dict[str, Decoded]) -> dict[str, int]:
    return dict(Counter(warned.kind for decoded in read.values() for warned in decoded.warnings))


def test_environment_files_are_read_or_refused_for_a_true_reason(corpus: Path) -> None:
    read, refused = read_all(corpus / "environment-yml")
    assert len(read) == 271
    assert sorted(refused.values()) == [
        "line 10, column 1: could not find expected ':'",
        "line 11, column 1: could not find expected ':'",
        "line 15, column 1: could not find expected ':'",
        "line 183, column 4: did not find expected key",
        "line 2, column 11: the tag !!python/tuple is understood by the program that wrote it alone",
        "line 341: an unresolved merge conflict",
        "line 376: an unresolved merge conflict",
        "line 4: an unresolved merge conflict",
        "line 6, column 1: could not find expected ':'",
        "line 8, column 1: could not find expected ':'",
    ]
    assert kinds(read) == {
        "guessed-name": 53,
        "option": 25,
        "not-followed": 21,
        "unreadable": 7,
        "duplicate": 3,
        "nameless": 3,
        "platform": 2,
        "unknown-key": 2,
    }


def test_other_yaml_with_dependencies_is_refused_with_what_it_is(corpus: Path) -> None:
    read, refused = read_all(corpus / "decoys")
    assert read == {}
    assert sorted(refused.values()) == [
        "line 30: a template ({{ dl_url }}), not an environment file yet",
        "not a conda environment: `dependencies` is a mapping of ansicolor, not a list; "
        "it also has environment, executables",
        "not a conda environment: `dependencies` is a mapping of conda, pip, not a list; "
        "it also has args, defined_as, info, output_schema, type",
        "not a conda environment: `dependencies` is a mapping of conda, pip, not a list; "
        "it also has args, defined_as, info, output_schema, type",
        "not a conda environment: `dependencies` is a mapping of pip, not a list; it also has test",
        "not a conda environment: `dependencies` is nothing, not a list; "
        "it also has baseImage, baseImageRegistry, condaFile, enableGpu, entryScript …",
        "not a conda environment: dependencies[0] is a mapping of name, version, repository, no spec",
        "not a conda environment: dependencies[0] is a mapping of name, version, repository, no spec",
    ]


def test_explicit_locks_are_read_whole(corpus: Path) -> None:
    read, refused = read_all(corpus / "explicit")
    assert (len(read), refused, kinds(read)) == (28, {}, {})
    for where, decoded in read.items():
        lines = (corpus / "explicit" / where).read_text().split("\n")
        urls = {line.partition("#")[0] for line in lines if "://" in line and not line.startswith("#")}
        assert {package.url for package in decoded.environment.conda} == urls
        assert f"# platform: {decoded.environment.platform}" in lines


def test_requirements_files_are_read(corpus: Path) -> None:
    read, refused = read_all(corpus / "requirements")
    assert (len(read), refused) == (97, {})
    assert sum(len(decoded.environment.distributions) for decoded in read.values()) == 1868
    assert kinds(read) == {
        "not-followed": 25,
        "guessed-name": 18,
        "local-path": 14,
        "condition": 13,
        "option": 6,
        "nameless": 3,
        "duplicate": 3,
        "unreadable": 1,
    }


def test_conda_lock_files_are_read(corpus: Path) -> None:
    read, refused = read_all(corpus / "conda-lock")
    assert (len(read), refused, kinds(read)) == (13, {}, {})


def test_pixi_locks_are_read_or_refused_for_a_true_reason(corpus: Path) -> None:
    read, refused = read_all(corpus / "pixi-lock")
    assert len(read) == 80
    assert sorted(reason.partition("; it has")[0] for reason in refused.values()) == [
        "'UNKNOWN' at environments.default.packages.UNKNOWN is no platform",
        "'linux-XX' at platforms[0].subdir is no platform",
        *3 * ["does not say what is on linux-64"],
        "expected a string at packages[86].name, found nothing",
        *2 * ["no environment default"],
        "the platform DUPLICATE at platforms[1] is listed a second time",
        "version 1000 of a lock of conda-lock or early pixi, of which envgit reads 1 to 3",
    ]
    assert kinds(read) == {"local-path": 52, "platform": 15}


def test_the_pylock_is_read_and_uv_locks_are_refused_by_name(corpus: Path) -> None:
    read, refused = read_all(corpus / "pylock")
    assert Counter(refused.values()) == {"a uv.lock, which envgit does not read": 11}
    (decoded,) = read.values()
    assert [(d.name, d.version, bool(d.file)) for d in decoded.environment.distributions] == [
        ("attrs", "25.1.0", True),
        ("cattrs", "24.1.2", True),
        ("numpy", "2.2.3", True),
    ]
    assert kinds(read) == {}


def test_the_histories_of_real_files_are_read(corpus: Path) -> None:
    read, refused = read_all(corpus / "pairs")
    assert (len(read), refused) == (416, {})
    assert kinds(read) == {"condition": 119, "duplicate": 18, "unreadable": 1}
