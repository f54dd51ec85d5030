"""What an inner Git is started with: variables by allowlist, settings that fix what it reads and writes."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is a slow import, and every commit comes this way
if TYPE_CHECKING:
    from collections.abc import Mapping

# A hook inherits GIT_DIR, GIT_INDEX_FILE, GIT_AUTHOR_* and more from the commit that runs it. Only what
# says *how* to run Git is passed on (and GIT_CONFIG_*); what says *where* or *in whose name* would leak
# into the snapshot.
_PASSED_ON = frozenset(
    {
        "GIT_ALLOW_PROTOCOL",
        "GIT_ASKPASS",
        "GIT_CEILING_DIRECTORIES",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
        "GIT_NO_LAZY_FETCH",
        "GIT_PROXY_COMMAND",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_NO_VERIFY",
    }
)
#: Settings of the user's that would change the words which are read and written here.
PINNED = tuple(
    part
    for setting in (
        "grep.patternType=basic",
        "i18n.commitEncoding=UTF-8",
        "i18n.logOutputEncoding=UTF-8",
        "log.showSignature=false",
        "trailer.separators=:",
    )
    for part in ("-c", setting)
)
#: The command that prints all settings of envgit's, each with a NUL behind it.
LIST_SETTINGS = ("config", "--null", "--get-regexp", r"^envgit\.")


def git_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for an inner Git: inherited ``GIT_*`` by allowlist, never a prompt, plain English."""
    passed = {
        name: value
        for name, value in environ.items()
        if not name.startswith("GIT_") or name in _PASSED_ON or name.startswith("GIT_CONFIG_")
    }
    # Git's own words are parsed in a few places and shown in others; a hook must never wait for a password.
    return passed | {
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "ENVGIT_HOOK": "1",
    }
