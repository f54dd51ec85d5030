"""Names that become refs: checked before Git or a file system sees them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.errors import InvalidName

if TYPE_CHECKING:
    from collections.abc import Callable

BRANCHES = "refs/heads/envgit/"
BASELINES = "refs/tags/env/"
#: Longest name accepted: with Git's own suffixes it must still fit into one file name.
LONGEST = 100

_LIKE_AN_ID = re.compile(r"[0-9a-f]{4,64}")
_AUTOMATIC = re.compile(r"auto/[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}")
_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def branch_ref(environment: str) -> str:
    """The branch that holds an environment's snapshots.

    Raises:
        InvalidName: the logical name would not make a ref.
    """
    if "/" in environment:
        raise InvalidName(f"invalid environment name {environment!r}: it holds a slash", hint=_RULE)
    return BRANCHES + _checked(environment, "environment name")


def baseline_ref(name: str) -> str:
    """The tag of a baseline; ``name`` with or without its ``env/``.

    Raises:
        InvalidName: the name would not make a ref, or is kept for envgit itself.
    """
    bare = name.removeprefix("env/")
    if bare == "live" or bare.split("/")[0] == "auto":
        raise InvalidName(f"invalid baseline name {name!r}: envgit uses that name itself")
    if bare.endswith("HEAD"):
        raise InvalidName(f"invalid baseline name {name!r}: Git uses that name itself")
    if _LIKE_AN_ID.fullmatch(bare):
        raise InvalidName(f"invalid baseline name {name!r}: it could be taken for the id of a snapshot")
    return BASELINES + _checked(bare, "baseline name")


def is_environment(name: str) -> bool:
    """Whether an environment can be called so. What was fetched may carry any name."""
    return _accepted(branch_ref, name)


def is_baseline(name: str) -> bool:
    """Whether a baseline can be called so; ``name`` without its ``env/``."""
    return not name.startswith("env/") and _accepted(baseline_ref, name)


def is_automatic(name: str) -> bool:
    """Whether a tag is called as the ones that envgit gives by itself; ``name`` without its ``env/``."""
    return _AUTOMATIC.fullmatch(name) is not None


def _accepted(ref_of: Callable[[str], str], name: str) -> bool:
    try:
        ref_of(name)
    except InvalidName:
        return False
    return True


_RULE = (
    f"use up to {LONGEST} ASCII letters, digits and . _ + - (a letter or digit first), such as paper-v1; "
    "in a baseline / separates parts"
)


def _checked(name: str, what: str) -> str:
    """What ``git check-ref-format`` allows, and stricter: ASCII, short, no option, fit for every disk."""
    parts = name.split("/")
    usable = (
        len(name) <= LONGEST
        and all(_COMPONENT.fullmatch(part) for part in parts)
        and ".." not in name
        and not any(part.endswith((".", ".lock")) for part in parts)
    )
    if not usable:
        shown = name if len(name) <= 40 else name[:40] + "…"
        raise InvalidName(f"invalid {what} {shown!r}", hint=_RULE)
    return name
