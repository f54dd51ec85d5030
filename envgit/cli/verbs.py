"""Every verb, in the order that help lists them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Each has a module of its name, which registers it; Python keeps some names for itself.
VERBS = (
    "init",
    "snapshot",
    "tag",
    "log",
    "show",
    "status",
    "diff",
    "checkout",
    "run",
    "verify",
    "export",
    "import",
    "push",
    "pull",
    "clean",
    "doctor",
    "uninstall",
    "demo",
    "hook",
)
_MODULES = {"import": "import_"}


def register(arguments: Sequence[str] = ()) -> None:
    """Register the verb that is called; every verb where help is wanted, or what is wanted is not clear."""
    called = [verb for verb in arguments[:1] if verb in VERBS]
    for verb in called or VERBS:
        import_module(f"envgit.cli.{_MODULES.get(verb, verb)}")
