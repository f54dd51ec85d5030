"""conda-lock.yml (CEP 37): read as rattler reads it, written as conda-lock's own models take it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import rattler
from hypothesis import given
from hypothesis import strategies as st

from envgit.errors import BadFile, EnvgitError
from envgit.formats import decode_any
from envgit.formats.locks import conda_lock
from envgit.formats.syntax.yaml_text import load_yaml
from envgit.model import Environment, Source
from tests.formats.environments import (
    HEX,
    MD5,
    SHA256,
    dist,
    environment,
    environments,
    folder,
    from_url,
    vcs,
)
from tests.formats.test_pixi_lock import WHEEL, facts, index_file, lockable

if TYPE_CHECKING:
    from pathlib import Path

FORGE = "https://conda.anaconda.org/conda-forge"
ZLIB = (
    "name: zlib, version: '1.3', manager: conda, platform: linux-64, "
    f"url: {FORGE}/linux-64/zlib-1.3-h0_2.conda, hash: {{md5: {MD5}}}, optional: false"
)
SIX = (
    "name: Six, version: 1.16.0, manager: pip, platform: linux-64, "
    f"url: {WHEEL}, hash: {{sha256: {SHA256}}}, optional: true"
)


def lock(*entries: str, platforms: str = "linux-64", version: str = "version: 1\n") -> str:
    listed = "".join(f"- {{{entry}}}\n" for entry in entries)
    channels = "[{url: conda-forge, used_env_vars: []}]"
    return (
        f"{version}metadata:\n  channels: {channels}\n  platforms: [{platforms}]\n"
        f"package:{chr(10) + listed if listed else ' []'}"
    )


def decoded(text: str, **asked: str) -> tuple[Environment, list[str]]:
    read = decode_any(text.encode(), where="conda-lock.yml", **{"platform": "linux-64", **asked})
    return read.environment, [f"{warned.kind}: {warned.message}" for warned in read.warnings]


def test_the_whole_file_as_written() -> None:
    env = environment(
        from_url("zlib", "1.3", "h0_2", md5=MD5, sha256=SHA256, depends=("libz 1.3 h0_2", "__glibc >=2,<3")),
        dist("six", "1.16.0", file=index_file(), depends=("enum34>=1", "pytest ; extra == 'test'")),
        dist("tool", source=vcs()),
        channels=("conda-forge",),
    )
    text = conda_lock.encode(env)
    assert re.sub(r"linux-64: \"?[0-9a-f]{64}\"?\n", "linux-64: HASH\n", text) == (
        "version: 1\n"
        "metadata:\n"
        "  content_hash:\n"
        "    linux-64: HASH\n"
        "  channels:\n"
        "  - url: conda-forge\n"
        "    used_env_vars: []\n"
        "  platforms:\n"
        "  - linux-64\n"
        "  sources: []\n"
        "package:\n"
        "- name: zlib\n"
        '  version: "1.3"\n'
        "  manager: conda\n"
        "  platform: linux-64\n"
        "  dependencies:\n"
        '    libz: "1.3 h0_2"\n'
        '    __glibc: ">=2,<3"\n'
        f"  url: {FORGE}/linux-64/zlib-1.3-h0_2.conda\n"
        "  hash:\n"
        f"    md5: {MD5}\n"
        f"    sha256: {SHA256}\n"
        "  category: main\n"
        "  optional: false\n"
        "- name: six\n"
        '  version: "1.16.0"\n'
        "  manager: pip\n"
        "  platform: linux-64\n"
        "  dependencies:\n"
        '    enum34: ">=1"\n'
        f"  url: {WHEEL}\n"
        "  hash:\n"
        f"    sha256: {SHA256}\n"
        "  category: main\n"
        "  optional: false\n"
        "- name: tool\n"
        '  version: "1.0"\n'
        "  manager: pip\n"
        "  platform: linux-64\n"
        "  dependencies: {}\n"
        "  url: git+https://host/o/r.git@0123456789abcdef0123456789abcdef01234567\n"
        "  hash: {}\n"
        "  source:\n"
        "    type: url\n"
        "    url: git+https://host/o/r.git@0123456789abcdef0123456789abcdef01234567\n"
        "  category: main\n"
        "  optional: false\n"
    )


def holdable(env: Environment, digests: list[str]) -> Environment:
    """What of a generated environment the format can hold: nothing that lies in the repository."""
    env = lockable(env, digests)
    pypi = tuple(d for d in env.distributions if d.source is None or d.source.repository is None)
    pypi = tuple(d for d in pypi if d.source is None or not d.source.editable)
    return environment(*env.conda, *pypi, channels=env.channels)


@given(environments, st.lists(HEX, min_size=6, max_size=6))
def test_what_a_lock_can_hold_comes_back_as_it_was(env: Environment, digests: list[str]) -> None:
    env = holdable(env, digests)
    read, warnings = decoded(conda_lock.encode(env))
    assert [{**_fields(p), "depends": set(p.depends)} for p in read.conda] == [
        {**_fields(p), "depends": set(p.depends)} for p in env.conda
    ]
    assert read.distributions == env.distributions
    assert (read.platform, warnings) == ("linux-64", [])


def _fields(package: Any) -> dict[str, Any]:
    return {name: getattr(package, name) for name in package.__slots__}


@given(environments, st.lists(HEX, min_size=6, max_size=6))
def test_what_is_written_follows_cep_37(env: Environment, digests: list[str]) -> None:
    lock: Any = load_yaml(conda_lock.encode(holdable(env, digests)), "x")
    assert lock.keys() == {"version", "metadata", "package"}
    assert lock["metadata"].keys() == {"content_hash", "channels", "platforms", "sources"}
    assert lock["metadata"]["content_hash"].keys() == set(lock["metadata"]["platforms"])
    needed = {"name", "version", "manager", "platform", "dependencies", "url", "hash", "category", "optional"}
    seen = set()
    for entry in lock["package"]:
        assert needed <= entry.keys() <= needed | {"source"}
        assert entry["hash"].keys() <= {"md5", "sha256"}
        assert entry["manager"] == "pip" or "md5" in entry["hash"]
        seen.add((entry["name"], entry["manager"], entry["platform"], entry["category"]))
    assert len(seen) == len(lock["package"])


def test_categories_other_than_main_are_read_when_they_are_named() -> None:
    text = lock(ZLIB, SIX + ", category: dev")
    env, warnings = decoded(text)
    assert ([p.name for p in env.conda], env.distributions) == (["zlib"], ())
    assert warnings == ["category: conda-lock.yml: 1 packages of the category dev are left out"]
    env, warnings = decoded(text, environment="dev")
    assert (env.distributions, warnings) == ((dist("six", "1.16.0", file=index_file()),), [])
    with pytest.raises(BadFile, match="no category docs; it has dev, main"):
        decoded(text, environment="docs")


def test_dependencies_may_be_lists_as_pixi_once_wrote_them() -> None:
    env, _ = decoded(lock(ZLIB + ", dependencies: [libz 1.3]", version="version: 3\n"))
    assert env.conda[0].depends == ("libz 1.3",)


def test_what_has_a_source_came_from_a_url() -> None:
    entry = SIX.replace("optional", f"source: {{type: url, url: {WHEEL}}}, optional")
    env, _ = decoded(lock(entry))
    assert env.distributions[0].source == Source(kind="archive", url=WHEEL, sha256=SHA256)


REFUSED = [
    (
        lock(version="version: 4\n"),
        "version 4 of a lock of conda-lock or early pixi, of which envgit reads 1 to 3",
    ),
    ("version: 1\nmetadata: []\npackage: []", "expected an object at metadata, found list"),
    ("version: 1\nmetadata: {}\npackage:", "expected a list at package, found nothing"),
    (lock("name: a"), "'None' at package[0].platform is no platform"),
    (lock(ZLIB.replace("manager: conda", "manager: npm")), "'npm' at package[0].manager is none of"),
    (lock(ZLIB.replace(MD5, "[7]")), "expected a string at package[0].hash.md5, found list"),
    (lock(ZLIB.replace(MD5, "b")), "'b' at package[0].hash.md5 is not 32 hexadecimal digits"),
    (lock(ZLIB.replace(".conda", ".zip")), "package[0].url: 'zlib-1.3-h0_2.zip' is not name-version-build"),
    (lock(ZLIB.replace("name: zlib, ", "")), "expected a string at package[0].name, found nothing"),
    (lock(ZLIB + ", dependencies: 1"), "expected an object at package[0].dependencies, found str"),
    (lock(ZLIB + ", dependencies: {a: [1]}"), "expected a string at package[0].dependencies.a, found list"),
    (lock(ZLIB + ", category: [a]"), "expected a string at package[0].category, found list"),
    (lock(platforms="osx-64, win-64"), "does not say what is on linux-64; it has osx-64, win-64"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_damaged_lock_is_refused_by_the_place(text: str, message: str) -> None:
    with pytest.raises(BadFile) as refused:
        decoded(text)
    assert refused.value.message.removeprefix("conda-lock.yml: ").startswith(message)


def test_what_a_lock_cannot_hold_is_refused_with_the_next_step() -> None:
    with pytest.raises(EnvgitError) as md5:
        conda_lock.encode(environment(from_url("a", sha256=SHA256), from_url("b", sha256=SHA256)))
    assert md5.value.message == "conda-lock.yml cannot hold a, b (no MD5 is known)"
    assert "pixi.lock" in md5.value.hint
    wheel = Source(kind="archive", url="../a-1.0-py3-none-any.whl")
    for source in (folder(url=".", repository="."), wheel):
        with pytest.raises(EnvgitError, match=r"cannot hold a \(a relative path is no URL\)"):
            conda_lock.encode(environment(dist("a", source=source)))


def test_every_real_lock_is_read_as_rattler_reads_it(corpus: Path) -> None:
    compared = 0
    for path in sorted((corpus / "conda-lock").iterdir()):
        found = rattler.LockFile.from_path(path).default_environment()
        assert found is not None
        platform = min(found.platforms(), key=lambda platform: platform.name)
        env = decode_any(path.read_bytes(), where=path.name, platform=platform.name).environment
        mine = {
            *(("conda", p.name, p.version, p.build, p.sha256) for p in env.conda),
            *(("pypi", d.name, d.version, "", d.file.sha256 if d.file else None) for d in env.distributions),
        }
        assert mine == {facts(package) for package in found.packages(platform) or []}
        compared += len(mine)
    assert compared > 500


def test_what_a_lock_says_against_the_name_of_its_own_file_is_a_warning_and_the_file_counts() -> None:
    text = lock(
        "name: numpy, manager: conda, platform: linux-64, version: 1.26.4, "
        f"url: https://host/ch/linux-64/numpy-2.2.6-py311_0.conda, hash: {{sha256: {SHA256}}}",
        "name: flask_x, manager: pip, platform: linux-64, version: 1.0.0, "
        f"url: https://host/Flask_X-1.0-py3-none-any.whl, hash: {{sha256: {SHA256}}}",
        "name: idna, manager: pip, platform: linux-64, version: '3.9', "
        f"url: https://host/idna-3.10-py3-none-any.whl, hash: {{sha256: {SHA256}}}",
    )
    env, warnings = decoded(text)
    assert [(p.name, p.version, p.build) for p in env.conda] == [("numpy", "2.2.6", "py311_0")]
    assert [(d.name, d.version) for d in env.distributions] == [("flask-x", "1.0.0"), ("idna", "3.10")]
    assert warnings == [
        "contradiction: conda-lock.yml: package[0].version is 1.26.4, and the file in its URL is of 2.2.6, "
        "which counts",
        "contradiction: conda-lock.yml: package[2].version is 3.9, and the file in its URL is of 3.10, "
        "which counts",
    ]
