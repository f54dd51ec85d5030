"""What was learnt of the hosts that files are asked of, so that it is learnt once and not for each file."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import suppress
from urllib.parse import urlsplit
from urllib.request import getproxies

#: Seconds before the second attempt, doubled before each further one.
_PAUSE = 0.5
#: A host that asks for fewer requests is left alone for this many times as long.
_PATIENCE = 2
#: Seconds for finding out why a host does not answer.
_PROBE = 3


class Hosts:
    """Hosts by name: which never answered, and which are to be left alone for a while."""

    def __init__(self) -> None:
        self._answered: set[str] = set()
        self._lost: set[str] = set()
        self._free_at: dict[str, float] = {}
        self._awaited: set[str] = set()
        self._retried: set[str] = set()

    def is_awaited(self, host: str) -> bool:
        """Note that it keeps a request waiting; whether it did so before."""
        before = host in self._awaited
        self._awaited.add(host)
        return before

    def is_retried(self, host: str) -> bool:
        """Note that it is asked for something again; whether it was so before."""
        before = host in self._retried
        self._retried.add(host)
        return before

    def answers(self, host: str) -> None:
        """Note that something came from it, if only a refusal."""
        self._answered.add(host)

    def give_up(self, host: str) -> None:
        """Note that no attempt to have one file brought an answer."""
        if host not in self._answered:
            self._lost.add(host)

    def is_lost(self, host: str) -> bool:
        """Whether it did not answer when another file was asked for, time after time."""
        return host in self._lost

    async def rest(self, host: str, *, attempt: int, crowded: bool) -> None:
        """Wait before another attempt (the first is 1), each time longer, and never in step with others.

        Where it is ``crowded`` all other requests to the host wait too.
        """
        # Not for secrets: it spreads requests.
        pause = _PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
        if crowded:
            now = asyncio.get_running_loop().time()
            self._free_at[host] = max(self._free_at.get(host, 0.0), now + _PATIENCE * pause)
        await asyncio.sleep(pause)

    async def turn(self, host: str) -> None:
        """Wait until the host may be asked."""
        while (wait := self._free_at.get(host, 0.0) - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait)


async def why_silent(url: str) -> str:
    """Why the host of a URL gives no answer: the client that sends requests does not pass it on."""
    location = urlsplit(url)
    if location.scheme in getproxies():
        return "no answer, or none from the proxy"
    port = location.port or (80 if location.scheme == "http" else 443)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(location.hostname, port), _PROBE)
    except ConnectionRefusedError:
        return "the connection is refused"
    except socket.gaierror:
        return "there is no host of this name, or no network"
    except (OSError, asyncio.TimeoutError):
        return "it cannot be reached"
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return "it ends the connection without an answer"
