"""What a reader of an environment file makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envgit.model import Environment, Warned


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """An environment as a file tells it, and what of the file could not be kept.

    ``name`` is None where the file names no environment. Where it does not say them, the platform is
    empty, a package's version is empty (``requested`` then holds its loose specs) and hashes are None.
    Kinds of warnings: ``unreadable-line``, ``duplicate``, ``option``, ``not-followed``,
    ``guessed-name``, ``nameless``, ``local-path``, ``condition``, ``unknown-key``, ``platform``,
    ``hashes``, ``secret``.
    """

    name: str | None
    environment: Environment
    warnings: tuple[Warned, ...] = ()
