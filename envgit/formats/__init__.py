"""Environment files: text in, nouns out, and back. Pure; each format has a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from envgit.formats.decoded import Decoded
    from envgit.formats.recognised import Format

#: Where a format that holds one environment is read.
_MODULES: dict[Format, str] = {
    "conda-json": "conda.listing",
    "environment-yml": "conda.environment_yml",
    "explicit": "conda.explicit",
    "manifest": "manifest",
    "pip-json": "pip.listing",
    "requirements": "pip.requirements",
    "text-spec": "conda.text_spec",
}
#: Where a format is read that holds environments for several platforms.
_LOCKS: dict[Format, str] = {
    "conda-lock": "conda_lock",
    "pixi-lock": "pixi_lock",
    "pylock": "pylock",
}


class _Reader(Protocol):
    def decode(self, content: bytes, *, where: str) -> Decoded: ...


class _LockReader(Protocol):
    def decode(self, content: bytes, *, where: str, platform: str, environment: str) -> Decoded: ...


def decode_any(content: bytes, *, where: str, platform: str = "", environment: str = "") -> Decoded:
    """Read an environment file of any format that envgit knows, whatever it is called, without credentials.

    `where` names the file in errors and warnings, and tells the format where the content does not. Of a
    lock that holds several environments, or one for several platforms, those named are read.

    Raises:
        BadFile: it cannot be read; the message says what it is, or what is wrong where.
    """
    from envgit.formats.cleaned import cleaned
    from envgit.formats.shown import shown_refusals

    with shown_refusals():
        return cleaned(_decoded(content, where, platform, environment), where)


def _decoded(content: bytes, where: str, platform: str, environment: str) -> Decoded:
    from importlib import import_module

    from envgit.formats.recognised import recognised
    from envgit.formats.syntax.text import decode_text

    found = recognised(decode_text(content, where), where=where)
    if found in _LOCKS:
        lock = cast("_LockReader", import_module(f"envgit.formats.locks.{_LOCKS[found]}"))
        return lock.decode(content, where=where, platform=platform, environment=environment)
    reader = cast("_Reader", import_module(f"envgit.formats.{_MODULES[found]}"))
    return reader.decode(content, where=where)
