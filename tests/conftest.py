"""The sealed environment in which every test runs, and what is built once per session."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.builders.seal import GITCONFIG, sealed
from tests.channel import Channel, NoChannel, build_once
from tests.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Read before anything is sealed: the folder with real files from public projects, where there is one.
CORPUS = os.environ.get("ENVGIT_CORPUS")

# How long an example takes is the machine's matter: benchmarks measure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all xdist workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "session"
    shared.mkdir(exist_ok=True)
    return shared


def _apply(patch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    for name in set(os.environ) - set(environ):
        patch.delenv(name)
    for name, value in environ.items():
        if os.environ.get(name) != value:
            patch.setenv(name, value)
    time.tzset()


@pytest.fixture(scope="session", autouse=True)
def sealed_session(session_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Seal what session fixtures see, as each test is sealed anew."""
    before = os.umask(0o022)
    with pytest.MonkeyPatch.context() as patch:
        _apply(patch, sealed(os.environ, home=tmp_path_factory.mktemp("home"), shared=session_folder))
        yield
    os.umask(before)
    time.tzset()


@pytest.fixture(autouse=True)
def sealed_environment(
    sealed_session: None,
    session_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """Give each test a home of its own, and nothing of the machine's user. Yields the home."""
    home = tmp_path_factory.mktemp("home")
    _apply(monkeypatch, sealed(os.environ, home=home, shared=session_folder))
    before = os.umask(0o022)
    yield home
    os.umask(before)


@pytest.fixture
def default_settings() -> None:
    """Have no setting of envgit sealed: they are what a test is about."""
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text(GITCONFIG)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files from public projects, named by ``ENVGIT_CORPUS``."""
    if not CORPUS:
        pytest.skip("ENVGIT_CORPUS is not set: no folder of real files to read")
    return Path(CORPUS).resolve(strict=True)


@pytest.fixture(scope="session")
def channel(sealed_session: None, session_folder: Path) -> Channel:
    """The conda channel of this session, used by its ``file://`` URL. Do not write to it."""
    try:
        return build_once(session_folder)
    except NoChannel as reason:
        pytest.skip(f"no conda channel can be built here: {reason}")


@pytest.fixture
def http_channel(channel: Channel) -> Iterator[Channel]:
    """The same channel served over HTTP by a server of this test's own, which can be told to fail."""
    with Server(channel.path) as server:
        yield Channel(path=channel.path, url=server.url, server=server)


def pytest_configure() -> None:
    """Let Ctrl-C be one in what the tests start: in the background a shell has it ignored, by inheritance."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
