"""Clean what was read of a stranger's file before anything is made of it, whatever the format.

No credential may reach a snapshot, which is there to be pushed, and no text that goes into names and lines
of files may hold more than a name.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from envgit.formats.decoded import Remarks
from envgit.formats.shown import shown
from envgit.model import CondaPackage, Distribution, Variable
from envgit.redact import redact_text

if TYPE_CHECKING:
    from envgit.formats.decoded import Decoded

_PLATFORM = r"[a-z][a-z0-9]*-[a-z0-9_]+"
_PYTHON = r"[0-9][\w.+!*-]*"

#: What tells snapshots apart cannot be altered: its owner is left out.
_IDENTITY: dict[type, tuple[str, ...]] = {
    CondaPackage: ("name", "version", "build", "subdir", "sha256", "md5"),
    Distribution: ("name", "version", "digest"),
    Variable: ("name",),
}

N = TypeVar("N", CondaPackage, Distribution, Variable)


def cleaned(decoded: Decoded, where: str) -> Decoded:
    """Return what was read without credentials, and without what is no name; each loss is a warning."""
    remarks = Remarks(where)
    found = decoded.environment
    environment = replace(
        _redacted(found),
        platform=_shaped(found.platform, _PLATFORM, "platform", remarks),
        python=_shaped(found.python or "", _PYTHON, "version of Python", remarks) or None,
        conda=_named(found.conda, "package", remarks),
        distributions=_named(found.distributions, "distribution", remarks),
        variables=_named(found.variables, "variable", remarks),
    )
    return replace(
        decoded,
        name=decoded.name and shown(decoded.name),
        environment=environment,
        warnings=(*decoded.warnings, *remarks.warned),
    )


def _shaped(text: str, shape: str, what: str, remarks: Remarks) -> str:
    if not text or (re.fullmatch(shape, text) and _shown(text) == text):
        return text
    remarks.add("platform", f"`{text}` is no {what} and is left out")
    return ""


def _named(nouns: tuple[N, ...], what: str, remarks: Remarks) -> tuple[N, ...]:
    kept = []
    for noun in nouns:
        odd = next((text for text in _identity(noun) if _shown(text) != text), None)
        if odd is None:
            kept.append(_redacted(noun))
        else:
            sentence = f"a {what} called `{odd}` is left out: no name holds credentials or control characters"
            remarks.add("secret", sentence)
    return tuple(kept)


def _identity(noun: CondaPackage | Distribution | Variable) -> tuple[str, ...]:
    return tuple(getattr(noun, name) or "" for name in _IDENTITY[type(noun)])


def _redacted(value: Any) -> Any:
    """A noun with every text in it free of credentials."""
    if isinstance(value, str):
        return _redacted_text(value)
    if isinstance(value, tuple):
        return tuple(map(_redacted, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _redacted(getattr(value, f.name)) for f in fields(value)})
    return value


# Packages depend on the same few others over and over.
_redacted_text = lru_cache(maxsize=4096)(redact_text)
_shown = lru_cache(maxsize=4096)(shown)
