"""Write an environment in another tool's format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from envgit.errors import EnvgitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from envgit.formats.snippets.baseline import Baseline
    from envgit.model import Environment, Layer

#: Formats that hold an environment, and texts that have envgit restore one.
Written = Literal[
    "environment-yml", "explicit", "requirements", "requirements-local", "conda-lock", "pixi-lock", "pylock"
]
Snippet = Literal["dockerfile", "github-actions", "gitlab-ci"]

#: Where each is written: a module of `envgit.formats`, and the function there.
_WRITERS: dict[Written, tuple[str, str]] = {
    "environment-yml": ("environment_yml", "encode"),
    "explicit": ("explicit", "encode"),
    "requirements": ("requirements", "encode"),
    "requirements-local": ("requirements", "encode_local"),
    "conda-lock": ("locks.conda_lock", "encode"),
    "pixi-lock": ("locks.pixi_lock", "encode"),
    "pylock": ("locks.pylock", "encode"),
}
_SNIPPETS: dict[Snippet, str] = {
    "dockerfile": "snippets.dockerfile",
    "github-actions": "snippets.github_actions",
    "gitlab-ci": "snippets.gitlab_ci",
}
#: The one layer that some formats are about.
_ONE_LAYER: dict[Written, Layer] = {
    "explicit": "conda",
    "requirements": "pypi",
    "requirements-local": "pypi",
    "pylock": "pypi",
}


def encode_as(environment: Environment, written: Written, *, name: str) -> str:
    """Return an environment in a format, by `name` where that has a place for it.

    Raises:
        EnvgitError: the format has no place for anything of this environment, or for something it insists on.
    """
    layers = {"conda": bool(environment.conda), "pypi": bool(environment.additions)}
    if not layers.get(_ONE_LAYER.get(written, ""), True):
        nothing = "conda packages" if _ONE_LAYER[written] == "conda" else "packages that pip or uv installed"
        raise EnvgitError(
            f"{written} holds nothing of this environment: it has no {nothing}",
            hint="--format environment-yml",
        )
    if written == "explicit" and not any(package.url for package in environment.conda):
        raise EnvgitError(
            "explicit holds packages by URL, and no URL is known of any", hint="--format environment-yml"
        )
    named = {"name": name} if written == "environment-yml" else {}
    text: str = _function(*_WRITERS[written])(environment, **named)
    return text


def encode_snippet(baseline: Baseline, snippet: Snippet) -> str:
    """Return a text that has envgit restore a baseline and prove it."""
    text: str = _function(_SNIPPETS[snippet], "encode")(baseline)
    return text


def _function(module: str, name: str) -> Callable[..., Any]:
    from importlib import import_module

    function: Callable[..., Any] = getattr(import_module(f"envgit.formats.{module}"), name)
    return function
