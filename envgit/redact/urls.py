"""Take credentials out of a URL, so that it stays one: whoever fetches from it brings their own."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from envgit.redact.shapes import CUT, DRAWN, ISSUED, SCHEME, is_telling

_FOLLOWING_URL = rf"(?<=[^A-Za-z0-9+.-]){SCHEME}"

# PEP 610 lets these stay: names of variables are no secrets, and a restore needs them.
_PLACEHOLDER = r"\$\{[A-Za-z0-9_-]+\}(?::\$\{[A-Za-z0-9_-]+\})?"

#: "user:password@host" without a scheme, as proxies are written; no scp remote, no path, no image digest.
LOGIN = r"(?<![\w./@+~-])(?!file:)[\w.+~-]+:[^/\\\s@:\"'`]+@(?!sha\d+:)(?=[\w\[])"

#: conda's "/t/<token>" in places without a scheme, where "/t/" may also be a folder.
CONDA_TOKENS = (rf"/t/(?:{ISSUED}|{DRAWN})", rf"(?<![^\s\"'`=,(\[])t/(?:{ISSUED}|{DRAWN})/")
# A topic of a forum on Discourse: "/t/how-to-install/123".
_TOPIC = r"[a-z]+(?:-[a-z]+)+/\d+(?![^/?#])"

# Issuers that put a token into the path, each with what stands there for who logs in instead.
_TOKENS_IN_PATHS = (
    (rf"/t/(?!{_TOPIC})[^/?#&]+(?=[/?#&]|$)", ""),  # conda, on any host
    (r"(?<=://dl\.cloudsmith\.io/)(?!(?:basic|public)/)[^/?#]+(?=/)", "basic"),
    (r"(?<=://packagecloud\.io)/priv/[^/?#]+(?=/)", ""),
    (rf"(?<=://pypi\.fury\.io/){DRAWN}/", ""),
    (r"(?<=://hooks\.slack\.com/services/)[^?#]+", CUT),
)

#: Nearly every URL of an environment: host and path, and nothing in which a login or a parameter could be.
_PLAIN = rf"{SCHEME}[\w.-]+(?::\d+)?(?:/[\w.~+!-]*)*"
_SIGNS_OF_TOKENS = ("/t/", "cloudsmith.io", "packagecloud.io", "fury.io", "slack.com")

# A shared access signature of Azure is spread over these; none means anything without `sig`.
_AZURE_SIGNATURE = frozenset(
    {"se", "sig", "sip", "ske", "skoid", "sks", "skt", "sktid", "skv", "sp", "spr", "sr", "st", "sv"}
)
_LAYERS_OF_ENCODING = 3


@lru_cache(maxsize=4096)  # an environment names the same places over and over
def redact_url(url: str) -> str:
    """Return `url` without user, password, tokens and signatures; all else byte for byte.

    Takes any string that names a place: URLs, VCS URLs (``git+https://…@rev#egg=…``), scp-like
    remotes, channel names, POSIX and Windows paths. Removed are user and password, tokens where conda and
    other issuers put them into the path, query and fragment parameters that carry a secret, encoded or not.
    A token of a known shape anywhere else in a path becomes ``<TOKEN>``. The user of an ssh URL, ``git@``
    and ``${VARIABLE}`` placeholders (PEP 610) stay. Idempotent.
    """
    if re.fullmatch(_PLAIN, url) and not any(sign in url for sign in _SIGNS_OF_TOKENS):
        return re.sub(ISSUED, CUT, url)
    if url.startswith("//"):
        return redact_url(f"https:{url}").removeprefix("https:")
    if re.match(SCHEME, url) is None:
        return re.sub(ISSUED, CUT, _without_conda_token(re.sub(LOGIN, "", url)))
    # a URL may hold others (behind a proxy, in a parameter), each with a user of its own
    starts = [0, *(found.start() for found in re.finditer(_FOLLOWING_URL, url)), len(url)]
    url = "".join(_without_user(url[start:end]) for start, end in pairwise(starts))
    if re.match(r"(?i:git\+)?(?i:file):", url):
        return re.sub(ISSUED, CUT, _without_conda_token(url))
    for shape, login in _TOKENS_IN_PATHS:
        url = re.sub(shape, login, url)
    url = re.sub(r";([^;/?#&=]+=[^;/?#&]*)", _kept_parameter, url)
    url, hash_mark, fragment = url.partition("#")
    url, question_mark, query = url.partition("?")
    url = re.sub(r"(?<=/)[^/%]*%[^/]*", _kept_segment, re.sub(ISSUED, CUT, url))
    query = _without_secret_parameters(question_mark, query)
    return url + query + _without_secret_parameters(hash_mark, fragment)


def _without_conda_token(place: str) -> str:
    for shape in CONDA_TOKENS:
        place = re.sub(shape, "", place)
    return place


def _without_user(url: str) -> str:
    """Cut user and password off a URL, but for what PEP 610 lets stay and ssh needs."""
    scheme, separator, rest = url.partition("://")
    ssh = scheme.lower().endswith("ssh")
    found = re.match(r"[^/?#\\]*@", rest)
    if found is None and not ssh and re.match(r"[^\[:/?#\\]+:(?!\d*(?:[/?#\\]|$)|\$)", rest):
        found = re.match(r"[^@]*@(?:[^/?#\\]*@)?", rest)  # a password with a raw "/", "?" or "#"
    if found is None:
        return url
    userinfo, host = found[0][:-1], rest[found.end() :]
    user = userinfo.partition(":")[0]
    if re.fullmatch(_PLACEHOLDER, userinfo):
        user = userinfo
    elif userinfo != "git" and not ssh:
        user = ""
    return f"{scheme}{separator}{user}@{host}" if user else f"{scheme}{separator}{host}"


def _kept_parameter(found: re.Match[str]) -> str:
    """A parameter of a path segment, as repository servers take them: ``;name=value``."""
    return "" if _is_secret_parameter(found[1]) else found[0]


def _kept_segment(found: re.Match[str]) -> str:
    """A segment of a path in which something is encoded: the URL of another server, say."""
    return CUT if _hides_secret(found[0]) else found[0]


def _without_secret_parameters(mark: str, text: str) -> str:
    """Return a query or fragment with its ``?`` or ``#``, less the parameters that carry a secret."""
    if not text:
        return mark
    parameters = text.split("&")
    kept = [p for p in parameters if not _is_secret_parameter(p)]
    if any(p.lower().startswith("sig=") for p in parameters):
        kept = [p for p in kept if p.partition("=")[0].lower() not in _AZURE_SIGNATURE]
    return mark + "&".join(kept) if kept else ""


def _is_secret_parameter(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return (bool(value) and is_telling(_decoded(name))) or _hides_secret(parameter)


def _hides_secret(encoded: str) -> bool:
    """Whether a credential comes to light when percent-encoding is undone."""
    plain = _decoded(encoded)
    return any(redact_url(part) != part for part in (plain, plain.partition("=")[2]))


def _decoded(text: str) -> str:
    for _ in range(_LAYERS_OF_ENCODING):
        text = re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)
    return text
