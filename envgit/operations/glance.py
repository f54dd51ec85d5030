"""The first glance of a hook, and what it tells of a prefix; light, as every commit comes this way."""

from __future__ import annotations

import os

from envgit.bare import blake2b
from envgit.capture.fingerprint import fingerprint
from envgit.capture.host_mark import host_mark
from envgit.release import __version__

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.capture.survey import Facts


#: In an environment that is not proven yet: `envgit.restore.prefix.swap.UNPROVEN`, which is slow to load.
UNPROVEN_NOTE = ".envgit-unproven"


class Glance:
    """What was seen on the way, so that nobody has to look a second time; None for what was not reached.

    ``top`` and ``git_dir`` are of a main work tree, ``settings`` as Git printed them, ``code`` is the commit
    and the tree of HEAD, ``survey`` and ``state`` are those of ``prefix``.
    """

    def __init__(self) -> None:
        self.top: str | None = None
        self.git_dir = ""
        self.settings: bytes | None = None
        self.code: tuple[str, str] | None = None
        self.prefix: str | None = None
        self.survey: Mapping[str, Facts] | None = None
        self.state: str | None = None


def prefix_state(
    prefix: str,
    top: str | None,
    environ: Mapping[str, str],
    *,
    survey: Mapping[str, Facts] | None = None,
) -> str:
    """A cheap digest of all that is captured: the prefix, what it links to in the repository, the host.

    Another version of envgit may write the same environment otherwise.
    """
    home = environ.get("HOME") or os.path.expanduser("~")
    mark = fingerprint(prefix, repository=top, home=home, environ=environ, survey=survey)
    return digest_of((__version__, mark, host_mark()))


def is_unproven(prefix: str) -> bool:
    """Whether a checkout that changes a prefix has not ended, or was broken off."""
    return os.path.lexists(os.path.join(prefix, UNPROVEN_NOTE))


def digest_of(facts: tuple[object, ...]) -> str:
    """A hex digest of facts that print themselves."""
    return blake2b(repr(facts).encode("utf-8", "surrogateescape"), digest_size=32).hexdigest()
