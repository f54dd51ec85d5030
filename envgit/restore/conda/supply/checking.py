"""Compare the bytes of a package file with what was recorded of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from envgit.restore.conda.supply.losses import spoilt

if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.restore.conda.job import Artifact, Route

#: Of a hash that is told to people.
_DIGITS = 12


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
        self._expected = artifact.sha256 or artifact.md5 or ""
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

    @property
    def is_proven(self) -> bool:
        """Whether what came is all there is, as its hash says."""
        return bool(self._expected) and self._hash.hexdigest() == self._expected

    def finish(self) -> None:
        """Say that this is all.

        Raises:
            IntegrityError: these are other bytes than the recorded ones.
        """
        got, size = self._hash.hexdigest(), self._artifact.size
        if self._expected and got != self._expected:
            known = f"{self._algorithm} {self._expected[:_DIGITS]}"
            raise spoilt(self._artifact, self._route, f"expected {known}, got {got[:_DIGITS]}")
        if not self._artifact.sha256 and size is not None and size != self.received:
            raise spoilt(self._artifact, self._route, f"expected {size} bytes, got {self.received}")
