"""One tree of errors: each says what happened and what to do next.

The exit code belongs to the error, so that the command line has one place that ends a command.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is a slow import, and hooks load this module
if TYPE_CHECKING:
    from collections.abc import Mapping


class EnvgitError(Exception):
    """An expected failure. ``kind`` is a stable word for scripts, ``hint`` the next step."""

    kind = "failed"
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EnvgitError):
    """The words of the command do not make sense together."""

    kind = "usage"
    exit_code = 2


class NoRepository(EnvgitError):
    """No Git repository here, or one that cannot hold snapshots."""

    kind = "no-repository"
    exit_code = 10


class NoStore(EnvgitError):
    """The repository holds no snapshots yet."""

    kind = "no-store"
    exit_code = 10


class Conflict(EnvgitError):
    """Something else stands where this would be written."""

    kind = "conflict"
    exit_code = 11


class NoEnvironment(EnvgitError):
    """No environment is bound or active, or it cannot be told which one is meant."""

    kind = "no-environment"


class NotAPrefix(EnvgitError):
    """A folder that is no environment, or only the half of one."""

    kind = "not-a-prefix"


class UnknownRevision(EnvgitError):
    """No snapshot answers to this REV."""

    kind = "unknown-revision"


class AmbiguousRevision(EnvgitError):
    """More than one snapshot answers to this REV."""

    kind = "ambiguous-revision"


class InvalidName(EnvgitError):
    """A name that Git, conda or a file system would misread."""

    kind = "invalid-name"
    exit_code = 2


class BadFile(EnvgitError):
    """A file that cannot be read as what it claims to be; the message names the file and the place."""

    kind = "bad-file"


class UnsupportedFormat(BadFile):
    """Written by a newer envgit."""

    kind = "unsupported-format"


class RestoreFailed(EnvgitError):
    """A restore stopped before anything was put into the place of the target.

    ``lost`` are the conda packages, by name, whose recorded files are why, and what is the matter with each.
    """

    kind = "restore-failed"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.lost: Mapping[str, str] = {}


class ArtifactUnavailable(RestoreFailed):
    """A package file could not be had from where it was recorded."""

    kind = "artifact-unavailable"


class IntegrityError(RestoreFailed):
    """Bytes that do not match their recorded hash."""

    kind = "integrity"


class Interrupted(EnvgitError):
    """The user pressed Ctrl-C."""

    kind = "interrupted"
    exit_code = 130
