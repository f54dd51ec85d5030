"""Environment files: text in, nouns out, and back. Pure; each format has a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envgit.formats.decoded import Decoded


def decode_any(content: bytes, *, where: str) -> Decoded:
    """Read an environment file of any format that envgit knows, whatever it is called.

    `where` names the file in errors and warnings, and tells the format where the content does not.

    Raises:
        BadFile: it cannot be read; the message says what it is, or what is wrong where.
    """
    from envgit.formats.recognised import recognised
    from envgit.formats.text import decode_text

    found = recognised(decode_text(content, where), where=where)
    if found == "environment-yml":
        from envgit.formats import environment_yml

        return environment_yml.decode(content, where=where)
    if found == "explicit":
        from envgit.formats import explicit

        return explicit.decode(content, where=where)
    if found == "text-spec":
        from envgit.formats import text_spec

        return text_spec.decode(content, where=where)
    if found == "requirements":
        from envgit.formats import requirements

        return requirements.decode(content, where=where)
    return _decode_manifest(content, where)


def _decode_manifest(content: bytes, where: str) -> Decoded:
    from envgit.formats.decoded import Decoded
    from envgit.formats.manifest import decode_manifest

    return Decoded(name=None, environment=decode_manifest(content, where=where).environment)
