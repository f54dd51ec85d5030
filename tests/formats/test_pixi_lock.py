"""pixi.lock: what rattler reads of a lock is read, and what is written is read by rattler."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import rattler
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from rattler.lock import PypiLockedPackage

from envgit.errors import BadFile, EnvgitError
from envgit.formats import decode_any
from envgit.formats.locks import pixi_lock
from envgit.model import CondaPackage, Distribution, Environment, IndexFile, Source
from tests.formats.environments import (
    COMMIT,
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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rattler.lock import Environment as JudgedEnvironment
    from rattler.lock import LockPlatform

FORGE = "https://conda.anaconda.org/conda-forge"
ZLIB = f"{FORGE}/linux-64/zlib-1.3-h0_2.conda"
WHEEL = "https://files.example/six-1.16.0-py3-none-any.whl"


def lock(*entries: str, version: int = 6, references: str = "") -> str:
    listed = "".join(
        f"- {entry}\n".replace("\n  ", "\n").replace("\n", "\n  ").rstrip(" ") for entry in entries
    )
    return (
        f"version: {version}\n"
        "environments:\n"
        "  default:\n"
        f"    channels:\n    - url: {FORGE}/\n"
        f"    packages:\n      linux-64:\n{references or _references(entries)}"
        f"packages:{chr(10) + listed if listed else ' []'}"
    )


def _references(entries: tuple[str, ...]) -> str:
    return "".join(f"      - {entry.partition(chr(10))[0]}\n" for entry in entries)


def decoded(text: str, **asked: str) -> tuple[Environment, list[str]]:
    read = decode_any(text.encode(), where="pixi.lock", **{"platform": "linux-64", **asked})
    return read.environment, [f"{warned.kind}: {warned.message}" for warned in read.warnings]


def read_by_rattler(text: str, tmp_path: Path) -> JudgedEnvironment:
    path = tmp_path / "pixi.lock"
    path.write_text(text)
    found = rattler.LockFile.from_path(path).default_environment()
    assert found is not None
    return found


def index_file(sha256: str = SHA256, url: str = WHEEL, index: str | None = None) -> IndexFile:
    return IndexFile(sha256=sha256, name=url.rpartition("/")[2], url=url, index=index)


def located(package: CondaPackage, sha256: str | None = SHA256, md5: str | None = MD5) -> CondaPackage:
    """A generated package as a channel serves it; a lock tells ``noarch`` and build number by the URL."""
    channel = package.channel if "://" in package.channel else f"https://conda.anaconda.org/{package.channel}"
    fn = f"{package.name}-{package.version}-{package.build}.conda"
    number = package.build[len(package.build.rstrip("0123456789")) :]
    return replace(
        package,
        fn=fn,
        url=f"{channel}/linux-64/{fn}",
        subdir="linux-64",
        build_number=int(number or 0),
        sha256=sha256,
        md5=md5,
    )


def lockable(env: Environment, digests: list[str]) -> Environment:
    """What of a generated environment a lock can hold: what lies at a URL or in the repository."""
    conda = tuple(
        located(replace(p, channel="conda-forge" if p.channel == "defaults" else p.channel))
        for p in env.conda
    )
    pypi = tuple(
        replace(d, file=index_file(sha256, f"https://files.example/{d.name}.whl")) if d.source is None else d
        for d, sha256 in zip(env.distributions, digests, strict=False)
        if not d.version.endswith("legacy") and (d.source is None or d.source.vcs != "hg")
    )
    at = {d.source.url + (d.source.subdirectory or "") if d.source else d.name: d for d in pypi}
    pypi = tuple(sorted(at.values(), key=lambda d: d.name))  # a lock tells packages by their location
    channels = tuple(channel for channel in env.channels if channel != "defaults")
    return replace(env, conda=conda, distributions=pypi, channels=channels, variables=())


def as_read(found: Distribution) -> Distribution:
    """A folder is named by its path; only those are editable that pixi installs from folders."""
    source = found.source
    if source is None or source.repository != ".":
        return found
    return replace(found, source=replace(source, url=f"./{source.subdirectory or ''}"))


def test_the_whole_file_as_written() -> None:
    env = environment(
        from_url("zlib", "1.3", "h0_2", build_number=2, sha256=SHA256, md5=MD5, license="Zlib", size=7),
        dist("mine", source=folder(url=".", repository=".", editable=True)),
        dist("six", "1.16.0", file=index_file(index="https://index.example/simple/"), depends=("enum34>=1",)),
        dist("tool", source=vcs(requested_revision="main", subdirectory="lib")),
        channels=("conda-forge",),
        channel_priority="disabled",
    )
    assert pixi_lock.encode(env) == (
        "version: 6\n"
        "environments:\n"
        "  default:\n"
        "    channels:\n"
        f"    - url: {FORGE}/\n"
        "    indexes:\n"
        "    - https://index.example/simple\n"
        "    options:\n"
        "      channel-priority: disabled\n"
        "    packages:\n"
        "      linux-64:\n"
        f"      - conda: {ZLIB}\n"
        '      - pypi: "./"\n'
        f"      - pypi: {WHEEL}\n"
        f'      - pypi: "git+https://host/o/r.git?subdirectory=lib&rev=main#{COMMIT}"\n'
        "packages:\n"
        f"- conda: {ZLIB}\n"
        f"  sha256: {SHA256}\n"
        f"  md5: {MD5}\n"
        "  license: Zlib\n"
        "  size: 7\n"
        '- pypi: "./"\n'
        "  name: mine\n"
        '  version: "1.0"\n'
        "  editable: true\n"
        f"- pypi: {WHEEL}\n"
        "  name: six\n"
        '  version: "1.16.0"\n'
        f"  sha256: {SHA256}\n"
        "  requires_dist:\n"
        "  - enum34>=1\n"
        f'- pypi: "git+https://host/o/r.git?subdirectory=lib&rev=main#{COMMIT}"\n'
        "  name: tool\n"
        '  version: "1.0"\n'
    )


@given(environments, st.lists(HEX, min_size=6, max_size=6))
def test_what_a_lock_can_hold_comes_back_as_it_was(env: Environment, digests: list[str]) -> None:
    env = lockable(env, digests)
    read, warnings = decoded(pixi_lock.encode(env))
    assert read.conda == env.conda
    assert read.distributions == tuple(map(as_read, env.distributions))
    assert read.channels == (env.channels or tuple(dict.fromkeys(p.channel for p in env.conda)))
    assert (read.platform, warnings) == ("linux-64", [])


@given(environments, st.lists(HEX, min_size=6, max_size=6))
def test_rattler_reads_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, env: Environment, digests: list[str]
) -> None:
    env = lockable(env, digests)
    judged = read_by_rattler(pixi_lock.encode(env), tmp_path_factory.getbasetemp())
    packages = [p for platform in judged.platforms() for p in judged.packages(platform) or []]
    assert {facts(package) for package in packages} == {
        *(("conda", p.name, p.version, p.build, p.sha256) for p in env.conda),
        *(
            ("pypi", d.name, "" if in_folder(d) else str(Version(d.version)), "", sha256_of(d))
            for d in env.distributions
        ),
    }


def facts(package: Any) -> tuple[str, str, str, str, str | None]:
    """What rattler says of a package: it knows no version of what is built from a folder or checkout."""
    hashes = package.hashes
    digest = hashes.sha256 if hashes and hashes._hashes else None
    sha256 = digest.hex() if digest else None
    if isinstance(package, PypiLockedPackage):
        version = str(package.version)
        return "pypi", package.name, "" if version == "<dynamic>" else version, "", sha256
    record = package.package_record
    if record is None:  # what is built from a source may have none yet
        return "conda", package.name, "", "", sha256
    return "conda", record.name.normalized, str(record.version), str(record.build), sha256


def in_folder(found: Distribution) -> bool:
    return found.source is not None and found.source.kind == "directory"


def sha256_of(found: Distribution) -> str | None:
    return found.source.sha256 if found.source else found.file.sha256 if found.file else None


REFUSED = [
    ("version: 8\nenvironments: {}\npackages: []", "version 8 of a pixi.lock, of which envgit reads 1 to 7"),
    ("version: x\nenvironments: {}\npackages: []", "expected a whole number at version, found str"),
    (f"version: {2**80}\nenvironments: {{}}\npackages: []", f"{2**80} at version is out of range"),
    ("version: 6\nenvironments: {}\npackages: []", "no environment default; it has none"),
    ("version: 6\nenvironments: []\npackages: []", "expected an object at environments, found list"),
    ("version: 6\nenvironments:\n  a: {}\n  b: {}\npackages: []", "no environment default; it has a, b"),
    (
        lock(references="      - conda: x\n"),
        "x at environments.default.packages.linux-64[0] is not among the packages",
    ),
    (lock("conda: [7]"), "expected a string at packages[0].conda, found list"),
    (lock("rpm: x"), "packages[0] is none of: conda, conda_source, pypi"),
    (lock("conda: x.conda"), "packages[0]: 'x.conda' is not name-version-build.conda or .tar.bz2"),
    (lock(f"conda: {ZLIB}\n  sha256: abc"), "'abc' at packages[0].sha256 is not 64 hexadecimal digits"),
    (lock(f"conda: {ZLIB}\n  size: -1"), "-1 at packages[0].size is out of range"),
    (lock(f"conda: {ZLIB}\n  depends: zlib"), "expected a list at packages[0].depends, found str"),
    (lock(f"conda: {ZLIB}\n  noarch: yes"), "'yes' at packages[0].noarch is none of: None, python, generic"),
    (lock("conda: ./recipe"), "expected a string at packages[0].name, found nothing"),
    (lock(f"pypi: {WHEEL}"), "expected a string at packages[0].name, found nothing"),
    (
        lock(f"pypi: {WHEEL}\n  name: six\n  version: [1.5]"),
        "expected a string at packages[0].version, found list",
    ),
    (
        "version: 7\nplatforms:\n- name: x y\n  subdir: linux-XX\nenvironments:\n  default: {}\npackages: []",
        "'linux-XX' at platforms[0].subdir is no platform",
    ),
    (
        "version: 6\nenvironments:\n  default:\n    packages:\n      7: []\npackages: []",
        "'7' at environments.default.packages.7 is no platform",
    ),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_damaged_lock_is_refused_by_the_place(text: str, message: str) -> None:
    with pytest.raises(BadFile) as refused:
        decoded(text)
    assert refused.value.message.removeprefix("pixi.lock: ").startswith(message)


def test_the_environment_and_the_platform_that_were_named_are_read() -> None:
    text = (
        "version: 7\n"
        "platforms:\n- name: gpu\n  subdir: linux-64\n- name: osx-64\n"
        "environments:\n"
        "  default:\n    packages:\n      osx-64: []\n"
        f"  test:\n    packages:\n      gpu:\n      - conda: {ZLIB}\n      osx-64: []\n"
        f"packages:\n- conda: {ZLIB}\n"
    )
    for asked in ("gpu", "linux-64"):
        env, warnings = decoded(text, environment="test", platform=asked)
        assert ([p.name for p in env.conda], env.platform, warnings) == (["zlib"], "linux-64", [])
    env, warnings = decoded(text)
    assert (env.platform, warnings) == ("osx-64", ["platform: pixi.lock: is for osx-64, not for linux-64"])
    with pytest.raises(BadFile) as several:
        decoded(text, environment="test", platform="win-64")
    assert several.value.message == "pixi.lock: does not say what is on win-64; it has gpu, osx-64"
    assert several.value.hint == "Name the one that is meant, as in: --platform gpu"
    with pytest.raises(BadFile, match="no environment prod; it has default, test"):
        decoded(text, environment="prod")


LOCATIONS = {
    f"git+https://host/o/r#{COMMIT}": vcs("https://host/o/r"),
    f"git+https://u:pw@host/o/r.git?tag=v1&subdirectory=a#{COMMIT}": vcs(
        requested_revision="v1", subdirectory="a"
    ),
    f"git+ssh://git@host/o/r@{COMMIT}": vcs("ssh://git@host/o/r"),
    "direct+https://host/x-1.0.tar.gz": Source(kind="archive", url="https://host/x-1.0.tar.gz"),
    "./lib": folder(url="./lib", repository=".", subdirectory="lib"),
}


@pytest.mark.parametrize(("location", "source"), LOCATIONS.items())
def test_a_distribution_that_no_index_serves_has_its_source(location: str, source: Source) -> None:
    env, warnings = decoded(lock(f"pypi: {location}\nname: X_y\nversion: '1.0'"))
    assert env.distributions == (dist("x-y", source=source),)
    assert warnings == []


def test_a_place_on_the_writers_machine_is_a_warning() -> None:
    env, warnings = decoded(lock("pypi: ../lib\nname: lib", "conda: ./recipe\nname: own\nsubdir: noarch"))
    assert (env.conda[0].url, env.distributions[0].version) == (None, "")
    assert warnings == [
        "local-path: pixi.lock: own is built from ./recipe, relative to wherever the lock lies",
        "local-path: pixi.lock: lib comes from ../lib, a place on the machine of its writer",
    ]


def test_credentials_of_a_lock_are_not_kept() -> None:
    secret = "https://u:pw@host/t/tk-1/ch"
    text = lock(
        f"conda: {secret}/noarch/a-1-0.conda", f"pypi: https://u:pw@f/x.whl\nname: x\nsha256: {SHA256}"
    )
    env, _ = decoded(text.replace(f"{FORGE}/", secret))
    assert not any(secret in repr(env) for secret in ("pw", "tk-1"))
    assert env.channels == (env.conda[0].channel,) == ("https://host/ch",)


def test_a_workspace_lock_calls_version_six_one() -> None:
    assert decoded(lock(f"conda: {ZLIB}", version=1)) == decoded(lock(f"conda: {ZLIB}"))


UNLOCKABLE = [
    (environment(from_url("a", url=None)), "pixi.lock cannot hold a (no URL is known)", "environment.yml"),
    (
        environment(dist("a"), dist("b")),
        "pixi.lock cannot hold a, b (the file that was installed is not known)",
        "envgit snapshot --resolve",
    ),
    (environment(dist("a", source=vcs(vcs="hg"))), "takes checkouts of Git alone", "environment.yml"),
    (environment(dist("a", "4.0-legacy", source=vcs())), "PEP 440", "environment.yml"),
    (environment(kind="venv"), "this is a venv", "pylock.toml"),
    (environment(platform=""), "does not say which it is for", "environment.yml"),
]


@pytest.mark.parametrize(("env", "message", "hint"), UNLOCKABLE)
def test_what_a_lock_cannot_hold_is_refused_with_the_next_step(
    env: Environment, message: str, hint: str
) -> None:
    with pytest.raises(EnvgitError) as refused:
        pixi_lock.encode(env)
    assert message in refused.value.message
    assert hint in refused.value.hint


def judged(corpus: Path) -> Iterator[tuple[Path, JudgedEnvironment, LockPlatform]]:
    """One platform of the default environment of each real lock that rattler reads."""
    for path in sorted((corpus / "pixi-lock").iterdir()):
        try:
            found = dict(rattler.LockFile.from_path(path).environments()).get("default")
        except Exception:  # noqa: BLE001 - whatever rattler refuses has no judge
            continue
        if found is not None and found.platforms():
            yield path, found, min(found.platforms(), key=lambda platform: platform.name)


def test_every_real_lock_is_read_as_rattler_reads_it(corpus: Path) -> None:
    compared: Counter[str] = Counter()
    for path, found, platform in judged(corpus):
        env = decode_any(path.read_bytes(), where=path.name, platform=platform.name).environment
        packages = [facts(package) for package in found.packages(platform) or []]
        mine = {
            *((p.name, p.sha256) for p in env.conda),
            *((d.name, sha256_of(d)) for d in env.distributions),
        }
        assert mine == {(name, sha256) for _, name, _, _, sha256 in packages}
        versions = {p.name: (p.version, p.build) for p in env.conda if p.version}
        for layer, name, version, build, _ in packages:
            if layer == "conda" and version and name in versions:
                assert versions[name] == (version, build)
                compared["conda"] += 1
            compared["pypi"] += layer == "pypi"
    assert compared["conda"] > 2900
    assert compared["pypi"] > 70


def test_an_entry_that_contradicts_its_url_is_a_warning_and_the_url_counts() -> None:
    env, warnings = decoded(lock(f"conda: {ZLIB}\nversion: '1.2'\nsha256: {SHA256}"))
    assert [(p.name, p.version, p.build, p.sha256) for p in env.conda] == [("zlib", "1.3", "h0_2", SHA256)]
    assert warnings == [
        "contradiction: pixi.lock: packages[0].version is 1.2, and the file in its URL is of 1.3, "
        "which counts"
    ]


def test_a_lock_that_is_not_filled_in_yet_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadFile) as refused:
        decoded(lock("pypi: ./.\nname: null"))
    assert refused.value.message == "pixi.lock: expected a string at packages[0].name, found nothing"
    assert refused.value.hint.startswith("Have the tool that locks the environment write the file again")
