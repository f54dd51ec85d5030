"""What the pre-commit framework hands over in variables, as the arguments and the input that Git has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ARGUMENTS = {
    "post-checkout": ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF", "PRE_COMMIT_CHECKOUT_TYPE"),
    "post-merge": ("PRE_COMMIT_IS_SQUASH_MERGE",),
    "post-rewrite": ("PRE_COMMIT_REWRITE_COMMAND",),
    "pre-push": ("PRE_COMMIT_REMOTE_NAME", "PRE_COMMIT_REMOTE_URL"),
}


def is_framework(environ: Mapping[str, str]) -> bool:
    """Whether the framework runs us as one of its hooks."""
    return environ.get("PRE_COMMIT") == "1"


def arguments_for(event: str, environ: Mapping[str, str]) -> list[str]:
    """The arguments of githooks(5)."""
    return [environ.get(name, "") for name in _ARGUMENTS.get(event, ())]


def input_for(event: str, environ: Mapping[str, str]) -> str:
    """The input of githooks(5), as far as it is passed on: the first ref of a push, no rewritten pairs."""
    if event != "pre-push":
        return ""
    local, remote = (environ.get(f"PRE_COMMIT_{side}_BRANCH", "") for side in ("LOCAL", "REMOTE"))
    return f"{local} - {remote} -\n"
