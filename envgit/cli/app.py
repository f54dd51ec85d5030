"""The command line's frame: one Typer app, one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from envgit.errors import EnvgitError, Interrupted, UsageError
from envgit.release import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from rich.console import RenderableType

    from envgit.model import Warned
    from envgit.operations.workspace import Workspace

DONE, BUG, DRIFT, NOT_EXACT = 0, 3, 12, 13
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Verbs(TyperGroup):
    """The verbs; Ctrl-C in one is an error as any other, whatever this version of Typer makes of it."""

    def get_params(self, ctx: Any) -> Any:
        """The options of `envgit` itself."""
        return _taken_as_given(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb of this name."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _taken_as_given(command.get_params(ctx))
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run what was asked for.

        Raises:
            Interrupted: the user pressed Ctrl-C.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted("interrupted") from error


class _AsGiven:
    """What converts a parameter's values in place of Typer's own, which is made when there is need of it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """A value as the parameter's type has it; nothing, and a text for a text, are that already."""
        if value is None or type(value) is param.type_descriptor.annotation:
            return value
        return self._make().coerce(value, param=param, ctx=ctx)


def _taken_as_given(parameters: list[Any]) -> list[Any]:
    """Spare parameters a conversion that makes them what they are.

    From some version on Typer loads pydantic for it, which takes longer than all else at the start; its
    versions before that know no such converters, and load nothing.
    """
    for parameter in parameters:
        make = getattr(parameter, "get_runtime_param", None)
        if make is not None and not isinstance(make, partial):
            parameter.get_runtime_param = partial(_given, _AsGiven(make))
    return parameters


def _given(converter: _AsGiven) -> _AsGiven:
    return converter


app = typer.Typer(
    name="envgit",
    cls=_Verbs,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help starts in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 bug, 10 no store, 11 conflict, 12 drift, 13 not exact, "
    "130 interrupted",
)


@app.callback()
def envgit(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit")] = False,
) -> None:
    """Version your conda or pip environment in Git, along with the code that runs in it."""
    if version:
        print(f"envgit {__version__}")
        raise typer.Exit


def main(arguments: list[str]) -> int:
    """Run the command line; returns its exit code."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: the command that is run inherits it
            signal.signal(number, _terminated)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - it stays open as long as we run
    return run(arguments)


def _terminated(number: int, _frame: FrameType | None) -> None:
    """Leave as the shell reports it, but by way of everything that cleans up after itself."""
    sys.exit(128 + number)


def run(arguments: list[str]) -> int:
    """Run one command; the exit code, after whatever had to be said was said."""
    try:
        code = app(arguments or ["--help"], prog_name="envgit", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has had enough of it
        _write_no_more()
        return DONE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where errors become exit codes
        failure = _failure_of(error)
        if isinstance(failure, Unwritable):
            _write_no_more()
        _report(failure, as_json=_asks_for_json(arguments))
        return failure.exit_code
    return code if isinstance(code, int) else DONE


def _write_no_more() -> None:
    """Let nothing be written when Python flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failure_of(error: BaseException) -> EnvgitError:
    """Any exception as one of ours, with its exit code."""
    if isinstance(error, EnvgitError):
        return error
    # Typer carries its own copy of click from some version on: its errors are known by what they can do.
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        # what pydantic puts before a complaint, where Typer has it convert
        message = error.format_message().replace(": Value error, ", ": ")
        return UsageError(message, hint=f"{context.command_path} --help" if context else "")
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return Interrupted("interrupted")
    if isinstance(error, OSError) and error.errno in _FULL:
        return Unwritable(
            f"{error.filename or 'the output'} cannot be written: {error.strerror}",
            hint="make room there, or write to another place",
        )
    return Bug(f"{type(error).__name__}: {error}", hint=f"please report it with {_trace()}")


class Unwritable(EnvgitError):
    """A disk is full, or a quota."""


class Bug(EnvgitError):
    """A defect of envgit itself."""

    kind = "bug"
    exit_code = BUG


def _report(failure: EnvgitError, *, as_json: bool) -> None:
    """Say what went wrong: an object on stdout for scripts, two lines on stderr for people.

    Messages quote what was given and what other programs said, and either may hold a credential.
    """
    from envgit.redact import redact_text

    failure.message, failure.hint = redact_text(failure.message), redact_text(failure.hint)
    if as_json:
        from envgit.render.json import error_json

        emit(error_json(failure))
        return
    # Who pressed Ctrl-C knows; a script tells by the exit code.
    say(failure.message if isinstance(failure, Interrupted) else f"Error: {failure.message}")
    if failure.hint:
        say(f"Hint: {failure.hint}")


def emit(value: dict[str, Any]) -> None:
    """Print one JSON object on stdout, and nothing else."""
    from envgit.render.json import document

    print(document(value))


def page(view: RenderableType) -> None:
    """Print a view for people on stdout."""
    from rich.console import Console

    from envgit.render.screen import show

    show(view, Console())


def say(line: str) -> None:
    """Print a line for people on stderr; control characters in it are shown, not obeyed."""
    from envgit.drift import printable

    text = "\n".join(printable(part) for part in line.split("\n"))
    print(text.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)


def warn(warnings: Sequence[Warned], *notes: str, quiet: bool = False) -> None:
    """Say what could not be used and, unless ``quiet``, what may not be expected, on stderr."""
    if warnings:  # seldom, and most verbs need nothing else of what is loaded for it
        from envgit.render.warnings import warning_lines

        for line in warning_lines(warnings):
            say(f"warning: {line}")
    for note in notes:
        if note and not quiet:
            say(f"note: {note}")


def here() -> Workspace:
    """The workspace of the current folder.

    Raises:
        NoRepository: there is none.
    """
    from envgit.operations.workspace import open_workspace

    return open_workspace(os.getcwd(), environ=os.environ)


def _asks_for_json(arguments: list[str]) -> bool:
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own or "--format=json" in own or ("--format", "json") in pairwise(own)


def _trace() -> str:
    """Write the traceback where the user can find it; its path."""
    import tempfile
    import traceback

    from envgit.redact import redact_text

    with tempfile.NamedTemporaryFile("w", prefix="envgit-bug-", suffix=".log", delete=False) as file:
        file.write(redact_text(f"envgit {' '.join(sys.argv[1:])}\n\n{traceback.format_exc()}"))
    return file.name
