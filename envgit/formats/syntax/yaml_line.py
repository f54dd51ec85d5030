"""Write one text as one YAML scalar, without PyYAML."""

from __future__ import annotations

import re

# What every YAML reader takes as text: no indicator in front, no ": " or " #" within.
_PLAIN = r"[A-Za-z_][A-Za-z0-9_./=+!@~<>,-]*(?::{1,2}[A-Za-z0-9_./=+!@~<>,-]+)*"
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def scalar(text: str) -> str:
    """Return `text` plain where no reader of YAML 1.1 or 1.2 takes it for anything else, else quoted."""
    if re.fullmatch(_PLAIN, text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:  # half of a pair stands for nothing, and no reader takes it
        return "\ufffd"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
