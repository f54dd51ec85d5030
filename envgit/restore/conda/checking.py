"""Compare the bytes of a package file with what was recorded of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from envgit.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.restore.conda.job import Artifact, Route


class Check:
    """Takes bytes as they come, and says at the end whether they are the recorded ones.

    A SHA-256 alone decides. Where only an MD5 or nothing is known, the size must agree too.
    Reports bytes as they come, and takes them back when they turn out to be of no use.
    """

    def __init__(self, artifact: Artifact, route: Route, advance: Callable[[int], None]) -> None:
        self._artifact = artifact
        self._route = route
        self._advance = advance
        self._algorithm = "sha256" if artifact.sha256 else "md5"
        self._expected = artifact.sha256 or artifact.md5
        self.received = 0
        self.restart()

    def __enter__(self) -> Check:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            self._advance(-self.received)

    def restart(self) -> None:
        """Forget what came."""
        self._advance(-self.received)
        self.received = 0
        self._hash = hashlib.new(self._algorithm, usedforsecurity=False)

    def update(self, chunk: bytes) -> None:
        """Take more bytes."""
        self._hash.update(chunk)
        self.received += len(chunk)
        self._advance(len(chunk))

    def finish(self) -> None:
        """Say that this is all.

        Raises:
            IntegrityError: these are other bytes than the recorded ones.
        """
        got, size = self._hash.hexdigest(), self._artifact.size
        if self._expected and got != self._expected:
            raise self._refusal(f"expected {self._algorithm} {self._expected}, got {got}")
        if not self._artifact.sha256 and size is not None and size != self.received:
            raise self._refusal(f"expected {size} bytes, got {self.received}")

    def _refusal(self, difference: str) -> IntegrityError:
        return IntegrityError(
            f"{self._artifact.label} from {self._route.place} is not what was recorded: {difference}",
            hint="the file was replaced or damaged; a mirror or an archive may still hold the right one",
        )
