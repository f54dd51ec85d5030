"""Events that could not be written to the repository: kept beside it, each a file, until they can be.

The folder is there only while something waits in it.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.store.files import replace_file, writing
from envgit.store.leftovers import clear_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator


def put(queue_dir: str, event: str) -> None:
    """Keep an event, after those that wait already.

    Raises:
        EnvgitError: it cannot be written.
    """
    name = f"{time.time_ns():020d}-{os.urandom(4).hex()}.json"
    with writing(queue_dir):
        try:
            replace_file(os.path.join(queue_dir, name), event, durable=True)
        except FileNotFoundError:  # a taker has just removed the folder, which was empty
            replace_file(os.path.join(queue_dir, name), event, durable=True)


def waiting(queue_dir: str) -> list[str]:
    """The files of the events that wait, oldest first."""
    try:
        names = sorted(name for name in os.listdir(queue_dir) if name.endswith(".json"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [file for name in names if os.path.isfile(file := os.path.join(queue_dir, name))]


@contextmanager
def taking(queue_dir: str) -> Iterator[list[str]]:
    """What waits, for one taker at a time: nothing while another is at it.

    Raises:
        EnvgitError: the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(f"{queue_dir}.lock", timeout=0)
    with writing(queue_dir):
        try:
            lock.acquire()
        except Timeout:  # is an OSError
            yield []
            return
    try:
        yield waiting(queue_dir)
        clear_leftovers(queue_dir)
        with suppress(OSError):  # somebody put another one in
            os.rmdir(queue_dir)
    finally:
        lock.release()


def read(file: str) -> bytes:
    """One event, as it was put.

    Raises:
        BadFile: it cannot be read.
    """
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError as error:
        raise BadFile(f"{file}: cannot be read ({error.strerror})") from error


def done(file: str) -> None:
    """Take an event out."""
    os.unlink(file)


def set_aside(file: str) -> str:
    """Take a damaged event out of the queue and keep it; where it is now."""
    folder, name = os.path.split(file)
    aside = os.path.join(os.path.dirname(folder), f"damaged-{name}")
    os.replace(file, aside)
    return aside
