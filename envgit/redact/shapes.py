"""What credentials look like by themselves, and what they are called.

The patterns are strings: `re` compiles and caches them on first use, and most hooks never use them.
None is searched for from a place that an earlier search has passed, so a long line takes linear time.
"""

from __future__ import annotations

import re

#: Stands for a secret that cannot be cut out of its line; conda writes the same.
MASK = "*****"
#: Stands for a secret that is a part of a path.
CUT = "<TOKEN>"

#: The longest scheme of pip and conda has 11 letters.
SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{0,20}://"

# Only shapes that their issuers document, so that no build string or hash is ever taken for one.
_GITHUB = r"gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}"
_GITLAB = r"gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|soat)-[\w-]{16,}(?:\.\w+){0,2}"
_INDEXES = r"pypi-Ag[\w-]{16,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{30,}"
_ARTIFACTORY = r"AKCp[A-Za-z0-9]{40,}|cmVmdGtuOj[A-Za-z0-9]{40,}"
_ANACONDA = r"[a-z]{2}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CLOUDS = r"A[KS]IA[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}"
_SLACK = r"xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"
_JWT = r"eyJ[\w-]{8,1024}(?:\.[\w-]*){2,4}"  # signed (RFC 7515) or encrypted (RFC 7516)
ISSUED = (
    rf"(?<![A-Za-z0-9])(?:{_GITHUB}|{_GITLAB}|{_INDEXES}|{_ARTIFACTORY}|{_ANACONDA}|{_CLOUDS}|{_SLACK}|{_JWT})"
    r"(?![A-Za-z0-9])"
)

#: Where a token may stand and a plain word too, it must look drawn by lot: letters of both cases and digits.
DRAWN = r"(?=[\w-]*[0-9])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{16,256}(?![\w-])"
# Secret access keys of AWS have no prefix, but a length.
_BASE64 = r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/]{40}"

_TELLING = (
    r"token|passw|pwd|secret|signature|credential|apikey|accesskey|privatekey|^xamz|^xgoog|^googleaccess"
)
_TELLING_NAMES = frozenset(
    {
        *("access", "auth", "authorization", "expires", "hmac", "jsessionid", "jwt", "key", "keypairid"),
        *("pass", "pat", "phpsessid", "policy", "sas", "session", "sessionid", "sig", "sign"),
    }
)


def holds_token(text: str) -> bool:
    """Whether a token of a known shape stands anywhere in a text."""
    return re.search(ISSUED, text) is not None


def looks_drawn(text: str) -> bool:
    """Whether a whole text looks drawn by lot, as tokens without a known shape do."""
    return re.fullmatch(rf"{DRAWN}|{_BASE64}", text) is not None


def is_telling(name: str) -> bool:
    """Whether the name of a parameter says that its value is a credential, or part of one."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain in _TELLING_NAMES or re.search(_TELLING, plain) is not None
