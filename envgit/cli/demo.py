"""envgit demo."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, NOT_EXACT, app
from envgit.errors import UsageError

if TYPE_CHECKING:
    from envgit.demo.place import Place
    from envgit.demo.story import Scene


@app.command()
def demo(
    channel: Annotated[
        str | None,
        typer.Option("--channel", "-c", metavar="URL_OR_NAME", help="Take packages from this conda channel"),
    ] = None,
    no_channel: Annotated[
        bool, typer.Option("--no-channel", help="Ask no conda channel: take all from the Python index")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder to look around in")] = False,
) -> int:
    """Tell the whole story in a temporary folder, with real packages.

    They are conda-forge's if it answers within seconds, the Python index's otherwise.
    """
    from envgit.demo.place import make_place
    from envgit.demo.story import BASELINE, CODE, RESTORED, SCRIPT, prove, story
    from envgit.demo.supply import find_supply

    if channel and no_channel:
        raise UsageError("--channel and --no-channel exclude each other", hint="envgit demo --help")
    began = time.monotonic()
    with make_place(os.environ, Path.home(), keep=keep) as place:
        _say(f"In {place.folder}")
        supply = find_supply(place, channel, no_channel=no_channel)
        _say(f"Packages: {supply.label}")
        (place.repository / SCRIPT).write_text(CODE)
        for number, scene in enumerate(story(supply), start=1):
            _play(place, number, scene)
        proof = prove(place)
    _say(f"\n{BASELINE:12} {proof.recorded}\n{RESTORED:12} {proof.restored}")
    verdict = "The same id: the same environment" if proof.same else "Another id: not the same environment"
    _say(f"{verdict}. Told in {time.monotonic() - began:.1f} s.")
    if keep:
        _say(f"Look around: cd {shlex.quote(str(place.repository))}")
    return DONE if proof.same else NOT_EXACT


def _play(place: Place, number: int, scene: Scene) -> None:
    _say(f"\n{number}. {scene.title}")
    for command in scene.commands:
        _say(f"\n$ {shlex.join(command)}")
        place.show(command)


def _say(line: str) -> None:
    # The commands write to the same place, past this process's buffer.
    print(line, flush=True)
