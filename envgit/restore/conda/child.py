"""The process that works with py-rattler.

py-rattler may crash the interpreter when it exits, after its work is done. So it works in a process
of its own, which ends without the interpreter's clean-up, and its parent judges by the answers and
the prefix. It is started early, and loads py-rattler before it reads its task: a line of stdin, which
another one may announce. The end of stdin means that nothing more is wanted, or that the parent is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from envgit.errors import EnvgitError
from envgit.restore.conda.job import Job
from envgit.restore.faults import next_step_at, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from envgit.restore.conda.sealing import Glance


def main() -> NoReturn:
    """Do a task, answering on what was stdout. Never returns."""
    answers = _Answers()
    # Ctrl-C reaches the whole process group; the parent decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # These take longer than all else, and the parent may still be planning.
    import envgit.restore.conda.linking
    import envgit.restore.conda.sealing

    order = _read()
    if "announced" in order:
        answers.glance = envgit.restore.conda.sealing.Glance.at(order["announced"])
        order = _read()
    if order:
        threading.Thread(target=_end_with_parent, args=[answers], daemon=True).start()
        _work(order["task"], order["job"], answers)
        sys.stderr.flush()
    os._exit(0)


def _read() -> dict[str, Any]:
    """The next line of stdin; nothing at its end."""
    order: dict[str, Any] = json.loads(sys.stdin.buffer.readline() or "{}")
    return order


def _work(task: str, job: dict[str, Any], answers: _Answers) -> None:
    try:
        result = asyncio.run(_TASKS[task](job, answers))
        answers.complete = True
        answers.say("done", result)
        for finish in answers.afterwards:
            finish()
    except EnvgitError as error:
        answers.say("failed", error.kind, error.message, error.hint, dict(getattr(error, "lost", {})))
    except OSError as error:
        place = error.filename or job.get("prefix") or job["cache"]
        known = refused(error, place, forbidden=next_step_at(place, job["cache"]))
        answers.say("failed", known.kind, known.message, known.hint)
    except BaseException as error:  # noqa: BLE001 - without clean-up this is where a trace can be seen
        import traceback

        traceback.print_exc()
        answers.say("failed", "bug", f"{type(error).__name__}: {error}", "")


async def _link(values: dict[str, Any], answers: _Answers) -> dict[str, Any]:
    from envgit.restore.conda.linking import link
    from envgit.restore.conda.sealing import Inspection

    job = Job.from_json(values)
    inspection = Inspection.of(job, answers.glance)
    linked = await link(job, answers, sealed=inspection.sealed)
    if not linked.spoilt:
        answers.afterwards.append(partial(inspection.seal_again, linked))
    return linked.to_json()


async def _provide(job: dict[str, Any], progress: _Answers) -> dict[str, Any]:
    from envgit.restore.conda.providing import provide_in_child

    return await provide_in_child(Job.from_json(job), progress)


async def _solve(job: dict[str, Any], progress: _Answers) -> dict[str, Any]:
    from envgit.restore.conda.solve.order import SolveOrder
    from envgit.restore.conda.solve.solver import solve_in_child

    return await solve_in_child(SolveOrder.from_json(job), progress)


class _Answers:
    """A :class:`~envgit.restore.progress.Progress` that is told to the parent, a JSON list a line."""

    def __init__(self) -> None:
        #: What was seen of cached packages before there was a task.
        self.glance: Glance | None = None
        #: Whether the parent has all it needs.
        self.complete = False
        #: What is to be done once it has.
        self.afterwards: list[Callable[[], None]] = []
        # Link scripts and libraries may print: to stderr, then.
        self._file = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        os.dup2(2, 1)

    def say(self, *answer: object) -> None:
        with self._lock:
            self._file.write(json.dumps(answer) + "\n")

    def start(self, label: str, total: int, unit: str) -> None:
        self.say("start", label, total, unit)

    def advance(self, n: int) -> None:
        self.say("advance", n)

    def notice(self, line: str) -> None:
        self.say("notice", line)

    def finish(self) -> None:
        self.say("finish")


def _end_with_parent(answers: _Answers) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    if not answers.complete:
        os._exit(1)


_TASKS: dict[str, Callable[[dict[str, Any], _Answers], Coroutine[Any, Any, Any]]] = {
    "link": _link,
    "provide": _provide,
    "solve": _solve,
}
