"""Take credentials out of command lines, specs and messages; tell which variables hold one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.redact.shapes import DRAWN, ISSUED, MASK, SCHEME, looks_drawn
from envgit.redact.urls import CONDA_TOKENS, LOGIN, redact_url

if TYPE_CHECKING:
    from collections.abc import Callable

# "//host/path" takes the scheme of wherever it stands (RFC 3986, 4.2). Quotes end a URL, but no password.
_USER = r"(?:[^\s/?#@,:\"'`]*:(?!\d*[\"'`])[^\s/?#@,]*@)?"
_URL = rf"(?:{SCHEME}|(?<![^\s\"'`=,(\[])//){_USER}[^\s\"'`]+"
# In a MatchSpec what stands before "::" is a channel, and there "/t/" is no folder.
_OF_CHANNEL = r"(?:(?<=[^\s:]/)|(?<!\S))t/[\w-]+/(?=[^\s:/]+(?:/[^\s:/]+){0,4}::)"

_WORD = r"(?:password|passwd|passphrase|token|secret|api-?key|access-?key|credentials?)"
_FLAG = rf"(?i:((?<!\S)--?(?:[a-z0-9]+-)*{_WORD})(=|\s+(?!-)))(\"[^\"]*\"|'[^']*'|\S+)"
_ASSIGNMENT = r"((?<![\w-])([A-Z0-9_]+)=)(\"[^\"]*\"|'[^']*'|[^\s=]\S*)"
# A setting of a connection, a MatchSpec or a query: "Server=x;Password=y", "numpy[token=y]", "x?token=y".
_SETTING = rf"(?i:((?<=[;\[?&])[^\S\n]*(?:{_WORD}|pwd)\s*=\s*))[^;\],\s\"'*][^;\],\s\"']*"
_ENDINGS = "CREDENTIALS?|PASSPHRASE|PASSWD|PASSWORD|SECRET|TOKEN"
_SECRETIVE = rf"(?:^|_)(?:(?:PG)?PASS|PAT|[A-Z0-9]*(?:{_ENDINGS}))(?:_|$)|_PWD$"
_KEYS = r"(?:^|_)(?:API|ACCESS|PRIVATE)_?KEY(?:_|$)"
_HEADER = (
    r"(?i:((?:authorization|(?:private|job|deploy|access|auth)-token|x-(?:jfrog-art-api|(?:[a-z]+-)?api-?key))"
    r"\s*:\s*(?:(?:bearer|basic|token)\s+)?))[^\s\"']+"
)
_NETRC = r"(\b(?:machine\s+\S+|default)\s+login\s+\S+\s+password\s+)\S+"
# In a sentence the word alone tells nothing ("token missing"): what follows must look drawn by lot, too.
_MARK = r"[\w!$%&*+^~@#?=-]"
_MIXED = rf"(?={_MARK}*[0-9])(?={_MARK}*[a-z])(?={_MARK}*[A-Z]){_MARK}{{8,256}}(?![^\s\"',;.)]|\.\w)"
_BLANKS = r"[^\S\n]{0,8}"
_NAMED = rf"((?i:{_WORD}|pwd)[\"']?{_BLANKS}:{_BLANKS}[\"']?){_MIXED}"
_CALLED = rf"((?i:{_WORD}|pwd)[^\S\n]{{1,8}}){DRAWN}"

# Anywhere in the value of a variable, JSON included, where to hold back too much does no harm.
_MENTION = rf"(?i:(?:{_WORD}|pwd|[a-z]key|auth|cookie|session(?:_?id)?)[\"']?\s*[=:]\s*[\"']?[^\s\"'])"
_PRIVATE_KEY = r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"
# `mysql -pSecret`; the others are flags of compilers.
_SHORT_FLAG = r"(?<!\S)-p(?!(?:edantic|ie|ipe|thread)\b)\S"
_HEX = r"[0-9a-fA-F]{32}"
_SUSPECT = rf"{_MENTION}|{_PRIVATE_KEY}|{_SHORT_FLAG}|{_HEX}"


def _masked_assignment(found: re.Match[str]) -> str:
    name = found[2]
    secret = re.search(_SECRETIVE, name) or re.search(_KEYS, name)
    return found[1] + MASK if secret else found[0]


_RULES: tuple[tuple[str, str, str | Callable[[re.Match[str]], str]], ...] = (
    ("//", _URL, lambda found: redact_url(found[0])),
    ("@", LOGIN, ""),
    *(("t/", shape, "") for shape in (*CONDA_TOKENS, _OF_CHANNEL)),
    ("-", _FLAG, rf"\1\2{MASK}"),
    ("=", _ASSIGNMENT, _masked_assignment),
    ("=", _SETTING, rf"\1{MASK}"),
    (":", _HEADER, rf"\1{MASK}"),
    ("password", _NETRC, rf"\1{MASK}"),
    (":", _NAMED, rf"\1{MASK}"),
    (" ", _CALLED, rf"\1{MASK}"),
)


def redact_text(text: str) -> str:
    """Return a command line, history line, requirement or message with its secrets cut out or masked.

    URLs are treated as by :func:`redact_url`; the values of ``--token``-like flags, of
    ``PASSWORD``-like variables and settings and of Authorization headers become ``*****``. Idempotent.
    """
    for needed, shape, replacement in _RULES:
        if needed in text:  # as a rule it is not, and looking for it costs next to nothing
            text = re.sub(shape, replacement, text)
    return re.sub(ISSUED, MASK, text)


def holds_secret(name: str, value: str) -> bool:
    """Whether a variable must not be written down: its name says secret, or its value holds a credential."""
    assignment = f"{name.upper()}={value}"
    if redact_text(assignment) != assignment or redact_text(value) != value:
        return True
    return re.search(_SUSPECT, value) is not None or looks_drawn(value)
