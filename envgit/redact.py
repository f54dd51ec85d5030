"""Takes credentials out of URLs and command lines before anything is written to Git.

Removal is by shape and stable: what remains depends only on where a thing comes from, so that two
snapshots taken with two tokens agree. Text without a credential comes back byte for byte.
"""

from __future__ import annotations

import re
from itertools import pairwise

#: Stands for a secret that cannot be cut out of its line; conda writes the same.
MASK = "*****"

# The patterns are strings: `re` compiles and caches them on first use, and most hooks never use them.
# The longest scheme of pip and conda has 11 letters; the bound keeps a long line linear.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{0,20}://"
# "//host/path" takes the scheme of wherever it stands (RFC 3986, 4.2).
_URL_IN_TEXT = rf"(?:{_SCHEME}|(?<![^\s\"'`=,(\[])//)[^\s\"'`]+"
_FOLLOWING_URL = rf"(?<=[^A-Za-z0-9+.-]){_SCHEME}"

# PEP 610 lets these stay: names of variables are no secrets, and a restore needs them.
_PLACEHOLDER = r"\$\{[A-Za-z0-9_-]+\}(?::\$\{[A-Za-z0-9_-]+\})?"

# Only shapes that their issuers document, so that no build string or hash is ever taken for one.
_ISSUED = (
    r"(?<![A-Za-z0-9])(?:"
    r"gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|pypi-Ag[\w-]{16,}|npm_[A-Za-z0-9]{30,}"
    r"|hf_[A-Za-z0-9]{30,}|xox[abeoprs]-[\w-]{10,}|A[KS]IA[A-Z0-9]{16}|AIza[\w-]{35}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"
    r"|[a-z]{2}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r")(?![A-Za-z0-9])"
)
# Where "/t/" may be a folder, what follows must look drawn by lot: small and capital letters with digits.
_DRAWN = r"(?=[^/]*[0-9])(?=[^/]*[a-z])(?=[^/]*[A-Z])[\w-]{16,256}"
_TELLING = r"token|passw|pwd|secret|signature|credential|apikey|accesskey|privatekey|^xamz|^xgoog"
_TELLING_NAMES = frozenset(
    {"auth", "authorization", "expires", "jwt", "key", "keypairid", "policy", "sas", "sig"}
)
# A shared access signature of Azure is spread over these; none means anything without `sig`.
_AZURE_SIGNATURE = frozenset(
    {"se", "sig", "sip", "ske", "skoid", "sks", "skt", "sktid", "skv", "sp", "spr", "sr", "st", "sv"}
)

# "user:password@host" without a scheme, as proxies are written; no scp remote, no path, no image digest.
_LOGIN = r"(?<![\w./@+~-])(?!file:)[\w.+~-]+:[^/\\\s@:\"'`]+@(?!sha\d+:)(?=[\w\[])"
_WORD = r"(?:password|passwd|passphrase|token|secret|api-?key|access-?key|credentials?)"
_FLAG = rf"(?i:((?<!\S)--?(?:[a-z0-9]+-)*{_WORD})(=|\s+(?!-)))(\"[^\"]*\"|'[^']*'|\S+)"
_ASSIGNMENT = r"((?<![\w-])([A-Z0-9_]+)=)(\"[^\"]*\"|'[^']*'|[^\s=]\S*)"
# A setting within a connection string or a MatchSpec: "Server=x;Password=y", "numpy[token=y]".
_SETTING = rf"(?i:((?<=[;\[])[^\S\n]*(?:{_WORD}|pwd)\s*=\s*))[^;\],\s\"'*][^;\],\s\"']*"
_ENDINGS = "CREDENTIALS?|PASSPHRASE|PASSWD|PASSWORD|SECRET|TOKEN"
_SECRETIVE = rf"(?:^|_)(?:(?:PG)?PASS|PAT|[A-Z0-9]*(?:{_ENDINGS}))(?:_|$)|_PWD$"
# Anywhere in the value of a variable, JSON included, where to hold back too much does no harm.
_MENTION = rf"(?i)(?:{_WORD}|pwd|[a-z]key)[\"']?\s*[=:]\s*[\"']?[^\s\"']"
_KEYS = r"(?:^|_)(?:API|ACCESS|PRIVATE)_?KEY(?:_|$)"
_AUTHORIZATION = r"(?i:(authorization\s*:\s*(?:(?:bearer|basic|token)\s+)?))[^\s\"']+"


def redact_url(url: str) -> str:
    """Return `url` without user, password, tokens and signatures; all else byte for byte.

    Takes any string that names a place: URLs, VCS URLs (``git+https://…@rev#egg=…``), scp-like
    remotes, channel names, POSIX and Windows paths. Removed are user and password, conda's
    ``/t/<token>``, query and fragment parameters that carry a secret. The user of an ssh URL, ``git@``
    and ``${VARIABLE}`` placeholders (PEP 610) stay. Idempotent.
    """
    if url.startswith("//"):
        return redact_url(f"https:{url}").removeprefix("https:")
    if re.match(_SCHEME, url) is None:
        return re.sub(_ISSUED, "<TOKEN>", _without_anaconda_token(re.sub(_LOGIN, "", url)))
    # a URL may hold others (behind a proxy, in a parameter), each with a user of its own
    starts = [0, *(found.start() for found in re.finditer(_FOLLOWING_URL, url)), len(url)]
    url = "".join(_without_user(url[start:end]) for start, end in pairwise(starts))
    if re.match(r"(?i:git\+)?(?i:file):", url):
        return _without_anaconda_token(url)
    url = re.sub(r"/t/[^/?#&]+(?=[/?#&]|$)", "", url)
    url = re.sub(r";([^;/?#&=]+=[^;/?#&]*)", _kept_parameter, url)
    url, hash_mark, fragment = url.partition("#")
    url, question_mark, query = url.partition("?")
    query = _without_secret_parameters(question_mark, query)
    return re.sub(_ISSUED, "<TOKEN>", url) + query + _without_secret_parameters(hash_mark, fragment)


def redact_text(text: str) -> str:
    """Return a command line, history line or requirement with its secrets cut out or masked.

    URLs are treated as by :func:`redact_url`; the values of ``--token``-like flags, of
    ``PASSWORD``-like variables and settings and of Authorization headers become ``*****``. Idempotent.
    """
    text = re.sub(_URL_IN_TEXT, lambda found: redact_url(found[0]), text)
    text = re.sub(_LOGIN, "", text)
    text = re.sub(_FLAG, rf"\1\2{MASK}", text)
    text = re.sub(_ASSIGNMENT, _masked_assignment, text)
    text = re.sub(_SETTING, rf"\1{MASK}", text)
    text = re.sub(_AUTHORIZATION, rf"\1{MASK}", text)
    return re.sub(_ISSUED, MASK, text)


def holds_secret(name: str, value: str) -> bool:
    """Whether a variable must not be written down: its name says secret, or its value holds a credential."""
    assignment = f"{name.upper()}={value}"
    if redact_text(assignment) != assignment or redact_text(value) != value:
        return True
    return re.search(_MENTION, value) is not None or re.fullmatch(_DRAWN, value) is not None


def _masked_assignment(found: re.Match[str]) -> str:
    name = found[2]
    secret = re.search(_SECRETIVE, name) or re.search(_KEYS, name)
    return found[1] + MASK if secret else found[0]


def _without_user(url: str) -> str:
    """Cut user and password off a URL, but for what PEP 610 lets stay and ssh needs."""
    scheme, separator, rest = url.partition("://")
    authority = re.match(r"[^/?#\\]*", rest)
    assert authority is not None  # noqa: S101 - an empty match is a match
    end = authority[0].rfind("@")
    ssh = scheme.lower().endswith("ssh")
    if end < 0 and not ssh and re.fullmatch(r"[^\[:]+:[^\d$].*", authority[0]):
        end = rest.find("@")  # a password with a raw "/", "?" or "#"
    if end < 0:
        return url
    userinfo, host = rest[:end], rest[end + 1 :]
    user = userinfo.partition(":")[0]
    if re.fullmatch(_PLACEHOLDER, userinfo):
        user = userinfo
    elif userinfo != "git" and not ssh:
        user = ""
    return f"{scheme}{separator}{user}@{host}" if user else f"{scheme}{separator}{host}"


def _without_anaconda_token(path: str) -> str:
    """Cut ``/t/<token>`` from a place without a scheme, where ``/t/`` may also be a folder."""
    return re.sub(rf"/t/(?:{_ISSUED}|{_DRAWN})(?=/|$)", "", path)


def _kept_parameter(found: re.Match[str]) -> str:
    """A parameter of a path segment, as repository servers take them: ``;name=value``."""
    return "" if _is_secret_parameter(found[1]) else found[0]


def _without_secret_parameters(mark: str, text: str) -> str:
    """Return a query or fragment with its ``?`` or ``#``, less the parameters that carry a secret."""
    parameters = text.split("&")
    kept = [p for p in parameters if not _is_secret_parameter(p)]
    if any(p.lower().startswith("sig=") for p in parameters):
        kept = [p for p in kept if p.partition("=")[0].lower() not in _AZURE_SIGNATURE]
    return mark + "&".join(kept) if kept else ""


def _is_secret_parameter(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if value and (plain in _TELLING_NAMES or re.search(_TELLING, plain)):
        return True
    if re.search(_ISSUED, parameter):
        return True
    return re.search(r"(?i:%3a%2f%2f).*(?i:%40)", value) is not None  # an encoded URL with a user
