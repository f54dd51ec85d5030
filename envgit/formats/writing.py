"""Write an environment in another tool's format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from envgit.errors import EnvgitError
from envgit.formats.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from envgit.formats.snippets.baseline import Baseline
    from envgit.model import Environment

#: Formats that hold an environment, and texts that have envgit restore one.
Written = Literal[
    "environment-yml",
    "environment-json",
    "explicit",
    "conda-list",
    "requirements",
    "requirements-local",
    "pip-inspect",
    "conda-lock",
    "pixi-lock",
    "pylock",
]
Snippet = Literal["dockerfile", "github-actions", "gitlab-ci"]

#: Where each is written: a module of `envgit.formats`, and the function there.
_WRITERS: dict[Written, tuple[str, str]] = {
    "environment-yml": ("conda.environment_yml", "encode"),
    "environment-json": ("conda.listing", "encode"),
    "explicit": ("conda.explicit", "encode"),
    "conda-list": ("conda.text_spec", "encode"),
    "requirements": ("pip.requirements", "encode"),
    "requirements-local": ("pip.requirements", "encode_local"),
    "pip-inspect": ("pip.inspection", "encode"),
    "conda-lock": ("locks.conda_lock", "encode"),
    "pixi-lock": ("locks.pixi_lock", "encode"),
    "pylock": ("locks.pylock", "encode"),
}
#: Those that have a place for a name.
_NAMED = frozenset({"environment-yml", "environment-json"})
_SNIPPETS: dict[Snippet, str] = {
    "dockerfile": "snippets.dockerfile",
    "github-actions": "snippets.github_actions",
    "gitlab-ci": "snippets.gitlab_ci",
}


def encode_as(environment: Environment, written: Written, *, name: str) -> str:
    """Return an environment in a format, by `name` where that has a place for it.

    Raises:
        EnvgitError: the format has no place for anything of this environment, or for something it insists on,
            or the environment holds text that no file can.
    """
    part, present = _part(environment, written)
    if not present:
        raise EnvgitError(
            f"{written} holds nothing of this environment: it has no {part}", hint="--format environment-yml"
        )
    named = {"name": name} if written in _NAMED else {}
    text: str = _function(*_WRITERS[written])(environment, **named)
    return _whole(text, written)


def _whole(text: str, written: Written) -> str:
    """A text if a file can hold it: JSON, and so a manifest, can bring half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = shown(text[: error.end].rpartition("\n")[2])
        raise EnvgitError(
            f"{written} cannot hold half of a surrogate pair, which is no character: `{line}`",
            hint="--format environment-yml",
        ) from error
    return text


def _part(environment: Environment, written: Written) -> tuple[str, bool]:
    """The only part of environments that a format is about, and whether this one has it."""
    layer = environment.additions
    if written == "explicit":
        return "conda packages whose URL is known", any(package.url for package in environment.conda)
    if written == "conda-list":
        return "conda packages", bool(environment.conda)
    if written == "requirements":
        return "packages that pip or uv installed from an index", any(d.source is None for d in layer)
    if written == "requirements-local":
        return "packages that come from elsewhere than an index", any(d.source is not None for d in layer)
    if written in {"pylock", "pip-inspect"}:
        return "packages that pip or uv installed", bool(layer)
    return "packages", bool(environment.conda or layer)


def encode_snippet(baseline: Baseline, snippet: Snippet) -> str:
    """Return a text that has envgit restore a baseline and prove it."""
    text: str = _function(_SNIPPETS[snippet], "encode")(baseline)
    return text


def _function(module: str, name: str) -> Callable[..., Any]:
    from importlib import import_module

    function: Callable[..., Any] = getattr(import_module(f"envgit.formats.{module}"), name)
    return function
