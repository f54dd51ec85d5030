"""envgit: the environment is versioned like the code.

The verbs of the command line as functions. Each takes the repository's folder as ``path`` (the current one
when left out) and returns frozen values; expected failures are `envgit.errors.EnvgitError`. Importing this
package loads nothing else.

    import envgit

    envgit.tag("paper-v1")
    for change in envgit.diff("paper-v1").drift.changes:
        print(change.name, change.kind)
    envgit.checkout("paper-v1", prefix="/scratch/paper")
"""

from envgit.release import __version__

TYPE_CHECKING = False  # `typing` is a slow import, and hooks start with this package
if TYPE_CHECKING:
    from envgit.api import (
        baselines,
        checkout,
        clean,
        diagnose,
        diff,
        export,
        import_file,
        init,
        log,
        pull,
        push,
        run,
        show,
        snapshot,
        status,
        tag,
        uninstall,
        untag,
        verify,
    )

__all__ = [
    "__version__",
    "baselines",
    "checkout",
    "clean",
    "diagnose",
    "diff",
    "export",
    "import_file",
    "init",
    "log",
    "pull",
    "push",
    "run",
    "show",
    "snapshot",
    "status",
    "tag",
    "uninstall",
    "untag",
    "verify",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("envgit.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
