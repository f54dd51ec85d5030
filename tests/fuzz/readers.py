"""Every reader, the files it is tried with, and what is done with whatever it reads."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import yaml

from envgit.drift import drift, summarise, summarise_between, summarise_environment
from envgit.errors import BadFile, EnvgitError
from envgit.formats import decode_any, manifest
from envgit.formats.conda import environment_yml, explicit, text_spec
from envgit.formats.conda import listing as conda_json
from envgit.formats.knowledge import knowledge
from envgit.formats.locks import conda_lock, pixi_lock, pylock
from envgit.formats.losses import losses
from envgit.formats.pip import listing as pip_json
from envgit.formats.pip import requirements
from envgit.formats.syntax.toml_text import dump_toml, load_toml
from envgit.formats.writing import Written, encode_as
from envgit.identity import id_of, snapshot_of
from tests.formats.environments import SHA256, conda, dist, environment, folder, from_url, vcs
from tests.fuzz import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.formats.decoded import Decoded
    from envgit.model import Environment

WHERE = "the-file"

#: An environment that has some of everything, for what is read to be compared with.
OTHER = environment(
    from_url("python", "3.11.4", sha256=SHA256, requested=("python=3.11",)),
    conda("zlib", "1.2", "h0_1"),
    dist("mine", source=folder(url="./lib", repository=".", subdirectory="lib", editable=True)),
    dist("r", source=vcs(editable=True)),
    dist("six", "1.15.0"),
    channels=("conda-forge",),
    channel_priority="strict",
)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A reader, valid files of its format, and how these are parsed and written where they have a syntax."""

    decode: Callable[..., Decoded]
    files: tuple[str, ...]
    parse: Callable[[str], Any] | None = None
    dump: Callable[[Any], str] | None = None


def _parse_toml(text: str) -> Any:
    return load_toml(text, WHERE)


def _dump_json(document: Any) -> str:
    return json.dumps(document, default=str, skipkeys=True)


def _dump_yaml(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False)


def _dump_toml(document: Any) -> str:
    return dump_toml(_as_toml(document) if isinstance(document, dict) else {"top": _as_toml(document)})


def _as_toml(value: Any) -> Any:
    """A value without what TOML has no words for."""
    if isinstance(value, dict):
        return {str(key): _as_toml(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_toml(inner) for inner in value]
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return value if isinstance(value, int | float | date) else str(value)


def _dump_manifest(document: Any) -> str:
    """A manifest whose id is that of what it says by now, for damage to get past it."""
    if isinstance(document, dict) and isinstance(document.get("identity"), dict):
        document = {**document, "id": id_of(document["identity"])}
    return json.dumps(document, default=str)


_YAML: dict[str, Any] = {"parse": yaml.safe_load, "dump": _dump_yaml}
_JSON: dict[str, Any] = {"parse": json.loads, "dump": _dump_json}
_ON: dict[str, Any] = {"platform": "linux-64"}

READERS: dict[str, Reader] = {
    "conda-json": Reader(decode=conda_json.decode, files=(samples.CONDA_LIST, samples.CONDA_EXPORT), **_JSON),
    "conda-lock": Reader(decode=partial(conda_lock.decode, **_ON), files=(samples.CONDA_LOCK,), **_YAML),
    "environment-yml": Reader(decode=environment_yml.decode, files=(samples.ENVIRONMENT_YML,), **_YAML),
    "explicit": Reader(decode=explicit.decode, files=(samples.EXPLICIT,)),
    "manifest": Reader(
        decode=manifest.decode,
        files=(manifest.encode_manifest(snapshot_of(OTHER)).decode(),),
        parse=json.loads,
        dump=_dump_manifest,
    ),
    "pip-json": Reader(decode=pip_json.decode, files=(samples.PIP_INSPECT, samples.PIP_LIST), **_JSON),
    "pixi-lock": Reader(
        decode=partial(pixi_lock.decode, **_ON),
        files=(samples.PIXI_LOCK, samples.PIXI_LOCK_OF_SOURCES),
        **_YAML,
    ),
    "pylock": Reader(
        decode=partial(pylock.decode, **_ON), files=(samples.PYLOCK,), parse=_parse_toml, dump=_dump_toml
    ),
    "requirements": Reader(decode=requirements.decode, files=(samples.REQUIREMENTS,)),
    "text-spec": Reader(decode=text_spec.decode, files=(samples.TEXT_SPEC,)),
}
FILES = tuple(file for reader in READERS.values() for file in reader.files)


def read_or_refused(decode: Callable[..., Decoded], content: bytes) -> Decoded | None:
    """Read a file and do with it what envgit does with files; None where it is refused.

    Whatever comes out but a documented error is a failure, and so is a message that does not name the file,
    and a text that no file can hold.
    """
    read = None
    try:
        read = decode(content, where=WHERE)
        said = [warned.message for warned in read.warnings]
    except BadFile as error:
        said = [error.message]
    assert all(message.startswith(WHERE) for message in said), said
    if read is None:
        return None
    _compare(read.environment)
    for written in get_args(Written):
        losses(read.environment, written)
        with suppress(EnvgitError):
            text = encode_as(read.environment, written, name="x")
            decode_any(text.encode(), where=WHERE)
    return read


def _compare(env: Environment) -> None:
    assert not drift(env, env)
    for before, after in ((env, OTHER), (OTHER, env)):
        assert summarise(drift(before, after)) == summarise_between(before, after)
    assert summarise_environment(env).isprintable()
    knowledge(env)
    manifest.decode_manifest(manifest.encode_manifest(snapshot_of(env)), where=WHERE)
