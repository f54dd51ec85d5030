"""Conda packages over a real HTTP server that fails as servers and networks do, and from a spoilt cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock, Timeout

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed
from envgit.restore.conda.supply.partial import partials
from envgit.restore.conda.supply.routes import available
from tests.channel import PROJECT
from tests.restore.environments import (
    Workshop,
    beside,
    conda_environment,
    conda_package,
    record_of,
    settings_for,
)
from tests.server import Dropped, Server, Slow, Status, Truncated, WrongBytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from envgit.model import CondaPackage
    from tests.channel import Channel

VARIANT = "/*/variant-1.1-*"


#: Why a request is made again, as it is told.
SAID_OF_TROUBLE = (
    r"503 Service Unavailable|429 Too Many Requests|the connection ended after \d+ of \d+ bytes"
    r"|error sending request"
)


def server_of(channel: Channel) -> Server:
    assert channel.server is not None
    return channel.server


def cached_file(workshop: Workshop) -> Path:
    """A file of the variant package in the package cache."""
    (file,) = workshop.settings.cache.glob("conda/sha256/variant-1.1-cpu_0/share/variant.txt")
    return file


@pytest.mark.parametrize(
    "fault",
    [Status(503), Status(429, retry_after=1), Truncated(0.5), Dropped()],
    ids=["busy", "too-many", "truncated", "dropped"],
)
def test_passing_trouble_is_sat_out(
    fault: Status | Truncated | Dropped, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server = server_of(http_channel)
    server.fail(VARIANT, fault, times=1)
    workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    assert (prefix / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert server.count(VARIANT) == 2
    assert workshop.bars.done == [workshop.bars.started[0][1], 1]
    (said,) = workshop.bars.noticed
    assert re.fullmatch(rf"127\.0\.0\.1:\d+: ({SAID_OF_TROUBLE}); trying again", said)


def test_package_that_is_gone_is_named_with_its_url(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, Status(404))
    package = conda_package(http_channel, "variant", "1.1")
    with pytest.raises(ArtifactUnavailable, match=r"variant 1\.1 cpu_0 cannot be had from") as caught:
        workshop.restore(conda_environment(package), prefix)
    assert str(package.url) in caught.value.message
    assert "404" in caught.value.message
    assert not prefix.exists()
    assert beside(prefix) == []
    assert not list(workshop.settings.cache.glob("conda/downloads*"))


def test_wrong_bytes_from_a_server_are_refused(
    channel: Channel, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, WrongBytes())
    package = conda_package(http_channel, "variant", "1.1")
    _refuses_and_keeps_nothing(package, workshop, prefix)
    assert workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix) == ()


def test_wrong_bytes_in_a_local_file_are_refused(
    channel: Channel, workshop: Workshop, prefix: Path, tmp_path: Path
) -> None:
    package = conda_package(channel, "variant", "1.1")
    spoilt = tmp_path / "spoilt" / package.subdir / str(package.fn)
    spoilt.parent.mkdir(parents=True)
    shutil.copy(channel.artifact("variant", "1.0", "cpu_0"), spoilt)
    _refuses_and_keeps_nothing(replace(package, url=spoilt.as_uri()), workshop, prefix)
    assert workshop.restore(conda_environment(package), prefix) == ()


def _refuses_and_keeps_nothing(package: CondaPackage, workshop: Workshop, prefix: Path) -> None:
    known = str(package.sha256)[:12]
    with pytest.raises(IntegrityError, match=f"expected sha256 {known}, got [0-9a-f]{{12}}$") as caught:
        workshop.restore(conda_environment(package), prefix)
    assert "variant 1.1 cpu_0" in caught.value.message
    assert str(package.url).removeprefix("file://") in caught.value.message
    assert beside(prefix) == []
    assert not list(workshop.settings.cache.glob("conda/sha256/variant-*"))


def test_right_sha256_with_a_wrong_md5_is_accepted(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = conda_package(channel, "variant", "1.1", md5="0" * 32)
    assert workshop.restore(conda_environment(package), prefix) == ()


def test_mirror_is_asked_first_and_the_recorded_url_kept(
    http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    canonical = "https://conda.example/forge"
    package = conda_package(http_channel, "variant", "1.1")
    recorded = str(package.url).replace(http_channel.url, canonical)
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((f"{canonical}/", f"{http_channel.url}/"),)))
    workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1", url=recorded)), prefix)
    assert server_of(http_channel).count(VARIANT) == 1
    assert record_of(prefix, "variant")["url"] == recorded
    assert record_of(prefix, "variant")["channel"].rstrip("/") == canonical


@pytest.mark.parametrize("fault", [Status(404), WrongBytes()], ids=["gone", "wrong"])
def test_next_route_is_tried_when_a_mirror_fails(
    fault: Status | WrongBytes, channel: Channel, http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, fault)
    mirrors = ((channel.url, http_channel.url),)
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=mirrors))
    workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert server_of(http_channel).count(VARIANT) == 1
    assert (prefix / "share/variant.txt").exists()


def test_wrong_bytes_are_reported_rather_than_that_others_are_gone(
    http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, WrongBytes())
    package = conda_package(http_channel, "variant", "1.1")
    gone = (tmp_path / "gone").as_uri()
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((http_channel.url, gone),)))
    with pytest.raises(IntegrityError) as caught:
        workshop.restore(conda_environment(package), prefix)
    first, other = caught.value.message.splitlines()
    assert "is not what was recorded" in first
    assert "No such file" in other
    assert "No such file" not in caught.value.hint


def test_tokens_of_a_mirror_are_not_shown(http_channel: Channel, tmp_path: Path, prefix: Path) -> None:
    server_of(http_channel).fail("*", Status(404))
    package = conda_package(http_channel, "variant", "1.1")
    secret = http_channel.url.replace("http://", "http://ada:hunter2@")
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((http_channel.url, secret),)))
    with pytest.raises(ArtifactUnavailable) as caught:
        workshop.restore(conda_environment(package), prefix)
    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("rotten", [False, True])
def test_offline_restore_takes_a_download_that_is_whole(
    rotten: bool, http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    workshop = Workshop(settings=settings_for(tmp_path, offline=True))
    package = conda_package(http_channel, "variant", "1.1")
    whole = workshop.settings.cache / "conda/partial" / f"{package.sha256}.part"
    whole.parent.mkdir(parents=True)
    content = http_channel.artifact("variant", "1.1").read_bytes()
    whole.write_bytes(bytes(len(content)) if rotten else content)
    layer = conda_environment(package)
    assert available(layer, workshop.settings)[str(package.fn)].place == str(whole)
    if rotten:
        with pytest.raises(ArtifactUnavailable):
            workshop.restore(layer, prefix)
    else:
        workshop.restore(layer, prefix)
        assert (prefix / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert server_of(http_channel).count(VARIANT) == 0
    assert not whole.exists()


def test_offline_restore_of_what_is_not_cached_says_so_and_asks_nobody(
    http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    workshop = Workshop(settings=settings_for(tmp_path, offline=True))
    with pytest.raises(ArtifactUnavailable, match="not in the package cache") as caught:
        workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    assert "--offline" in caught.value.hint
    assert server_of(http_channel).count() == 0


def psutil(channel: Channel) -> CondaPackage:
    """A package that is large enough to go on with."""
    return conda_package(channel, "psutil", "7.0.0")


def parts(server: Server) -> list[str | None]:
    """Which part of a file each request was for."""
    return [request.range for request in server.requests]


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no-ranges"])
def test_download_goes_on_where_it_broke_off(
    ranges: bool, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server, package = server_of(http_channel), psutil(http_channel)
    server.ranges = ranges
    server.fail("*", Truncated(0.5), times=1)
    workshop.restore(conda_environment(package), prefix)
    assert package.size is not None
    assert parts(server) == [None, f"bytes={package.size // 2}-"]
    assert workshop.bars.done[0] == package.size
    assert not list(workshop.settings.cache.glob("conda/partial/*.part"))


def test_download_is_not_given_up_while_it_grows(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server = server_of(http_channel)
    server.fail("*", Truncated(0.1), times=5)
    workshop.restore(conda_environment(psutil(http_channel)), prefix)
    assert server.count() == 6


def test_download_goes_on_in_the_next_run(http_channel: Channel, workshop: Workshop, prefix: Path) -> None:
    server, package = server_of(http_channel), psutil(http_channel)
    server.fail("*", Truncated(0.5), times=1)
    server.fail("*", Status(404), times=1)
    with pytest.raises(ArtifactUnavailable):
        workshop.restore(conda_environment(package), prefix)
    workshop.restore(conda_environment(package), prefix)
    assert package.size is not None
    assert parts(server)[-1] == f"bytes={package.size // 2}-"


#: Restores the large package: ``python -c … CHANNEL URL PREFIX FOLDER``.
RESTORE = """\
import sys
from pathlib import Path
from tests.channel import Channel
from tests.restore.environments import Workshop, conda_environment, conda_package, settings_for
channel = Channel(path=Path(sys.argv[1]), url=sys.argv[2])
package = conda_package(channel, "psutil", "7.0.0")
Workshop(settings=settings_for(Path(sys.argv[4]))).restore(conda_environment(package), Path(sys.argv[3]))
"""


def test_download_goes_on_after_a_kill(
    http_channel: Channel, tmp_path: Path, workshop: Workshop, prefix: Path
) -> None:
    server, package = server_of(http_channel), psutil(http_channel)
    assert package.size is not None
    server.fail("*", Truncated(0.5, hangs=True), times=1)
    partial = workshop.settings.cache / "conda/partial" / f"{package.sha256}.part"
    command = [sys.executable, "-c", RESTORE, str(http_channel.path), http_channel.url, str(prefix)]
    with subprocess.Popen([*command, str(tmp_path)], cwd=PROJECT) as restoring:
        for _ in range(400):
            if partial.exists() and partial.stat().st_size == package.size // 2:
                break
            time.sleep(0.025)
        restoring.kill()
    while _is_held(partial.with_name("lock")):
        time.sleep(0.025)
    workshop.restore(conda_environment(package), prefix)
    assert parts(server) == [None, f"bytes={package.size // 2}-"]
    assert beside(prefix) == []


def _is_held(lock: Path) -> bool:
    """Whether a process still has the folder of downloads: a child ends soon after its parent."""
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def test_download_goes_on_from_another_place(
    http_channel: Channel, channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    server = server_of(http_channel)
    server.fail("*", Truncated(0.5), times=1)
    server.fail("*", Status(404), times=1)
    with Server(channel.path) as mirror:
        workshop = Workshop(settings=settings_for(tmp_path, mirrors=((mirror.url, http_channel.url),)))
        package = replace(
            psutil(http_channel), url=str(psutil(http_channel).url).replace(server.url, mirror.url)
        )
        workshop.restore(conda_environment(package), prefix)
        assert package.size is not None
        assert parts(mirror) == [f"bytes={package.size // 2}-"]


def test_two_processes_do_not_go_on_with_the_same_download(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = psutil(http_channel)
    folder = workshop.settings.cache / "conda/partial"
    content = http_channel.artifact("psutil", "7.0.0").read_bytes()
    folder.mkdir(parents=True)
    (folder / f"{package.sha256}.part").write_bytes(content[:100_000])
    with partials(folder):  # another process has it
        workshop.restore(conda_environment(package), prefix)
    assert parts(server_of(http_channel)) == [None]
    assert (folder / f"{package.sha256}.part").stat().st_size == 100_000


def test_folder_of_downloads_that_is_somebody_else_s_is_done_without(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    (workshop.settings.cache / "conda/partial/lock").mkdir(parents=True)
    server_of(http_channel).fail("*", Truncated(0.5), times=1)
    workshop.restore(conda_environment(psutil(http_channel)), prefix)
    assert len(parts(server_of(http_channel))) == 2
    assert [file.name for file in (workshop.settings.cache / "conda/partial").iterdir()] == ["lock"]


def test_download_that_nobody_came_back_for_is_removed(tmp_path: Path) -> None:
    for name, days in (("old.part", 8), ("new.part", 6)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - days * 24 * 3600,) * 2)
    with partials(tmp_path):
        assert sorted(file.name for file in tmp_path.glob("*.part")) == ["new.part"]


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no-ranges"])
def test_wrong_beginning_of_a_download_is_thrown_away(
    ranges: bool, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server, package = server_of(http_channel), psutil(http_channel)
    server.ranges = ranges
    partial = workshop.settings.cache / "conda/partial" / f"{package.sha256}.part"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"rot" * 5000)
    workshop.restore(conda_environment(package), prefix)
    assert parts(server) == ["bytes=15000-", None]
    assert not partial.exists()


def test_download_that_was_whole_needs_no_request(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = psutil(http_channel)
    partial = workshop.settings.cache / "conda/partial" / f"{package.sha256}.part"
    partial.parent.mkdir(parents=True)
    shutil.copy(http_channel.artifact("psutil", "7.0.0"), partial)
    workshop.restore(conda_environment(package), prefix)
    assert server_of(http_channel).requests == []


def test_file_that_ends_early_where_no_length_is_announced_is_not_taken_for_another_one(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server = server_of(http_channel)
    server.fail("*", Truncated(0.5, announced=False), times=1)
    workshop.restore(conda_environment(psutil(http_channel)), prefix)
    assert server.count() == 2


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_refusal_that_will_not_change_is_met_once(
    code: int, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server_of(http_channel).fail("*", Status(code))
    with pytest.raises(ArtifactUnavailable, match=str(code)) as caught:
        workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    assert server_of(http_channel).count() == 1
    assert ("netrc" in caught.value.hint) == (code in {401, 403})


def test_host_that_does_not_answer_is_not_asked_for_every_package(
    http_channel: Channel, channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    server = server_of(http_channel)
    server.fail("*", Dropped())
    noarch = ("six", "idna", "tabulate", "typing_extensions", "activated")
    named = [("python", None), ("linked", "1.1"), ("prefixed", None), ("psutil", "7.0.0"), ("variant", "1.1")]
    packages = [
        conda_package(channel, name, version, match_build=None)
        for name, version in (*named, *((name, "1.17.0" if name == "six" else None) for name in noarch))
    ]
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((channel.url, http_channel.url),)))
    workshop.restore(conda_environment(*packages), prefix)
    assert 0 < len({request.path for request in server.requests}) < len(packages)


#: Downloads a URL that a server never finishes: ``python -c … URL FOLDER``.
STALLED = """\
import asyncio, sys
from pathlib import Path
from envgit.errors import ArtifactUnavailable
from envgit.restore.conda.supply import download, hosts
from envgit.restore.conda.job import Artifact, Route
class Told:
    def advance(self, n): pass
    def notice(self, line): print(line, flush=True)
download._PAUSE, hosts._PAUSE = 0.1, 0.01
url, folder = sys.argv[1:]
known = dict.fromkeys(Artifact.__slots__) | {"url": url, "local": f"{folder}/x.conda", "sha256": "0" * 64}
downloader = download.Downloader(lambda _: Path(folder, "x.part"), Told())
try:
    asyncio.run(downloader.download(Artifact(**known), Route(kind="recorded", url=url)))
except ArtifactUnavailable as error:
    print(error.message, flush=True)
"""


def test_connection_that_brings_nothing_is_given_up(http_channel: Channel, tmp_path: Path) -> None:
    server_of(http_channel).fail("*", Slow(30))
    ran = subprocess.run(
        [sys.executable, "-c", STALLED, f"{http_channel.url}/noarch/x.conda", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    waiting, again, failed = ran.stdout.splitlines()
    host = http_channel.url.removeprefix("http://")
    assert waiting == f"waiting for {host}, from which nothing comes"
    assert again.startswith(f"{host}: nothing came for 0.3")
    assert again.endswith("; trying again")
    assert "nothing came for 0.3" in failed, ran.stderr
    assert server_of(http_channel).count() == 2


def several(channel: Channel, *names: str) -> list[CondaPackage]:
    latest = {"linked": "1.1", "variant": "1.1"}
    return [conda_package(channel, name, latest.get(name)) for name in names]


def test_files_that_cannot_be_had_are_all_named_at_once(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server = server_of(http_channel)
    server.fail("/*/linked-*", Status(404))
    server.fail("/*/prefixed-*", Status(403))
    server.fail(VARIANT, WrongBytes())
    packages = several(http_channel, "linked", "prefixed", "variant")
    with pytest.raises(IntegrityError) as caught:
        workshop.restore(conda_environment(*packages), prefix)
    head, *lines = caught.value.message.splitlines()
    assert head == "3 packages cannot be had:"
    assert [line.split()[0] for line in lines] == ["linked", "prefixed", "variant"]
    assert lines[0].endswith(f"{packages[0].url}: 404 Not Found")
    assert "netrc" in caught.value.hint
    assert "--allow-substitutes" in caught.value.hint
    assert set(caught.value.lost) == {"linked", "prefixed", "variant"}


@pytest.mark.parametrize("sized", [True, False], ids=["sized", "unsized"])
def test_what_was_had_beside_a_file_that_is_gone_is_not_asked_for_again(
    sized: bool, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server = server_of(http_channel)
    had = psutil(http_channel) if sized else replace(psutil(http_channel), size=None)
    others = several(http_channel, "linked", "prefixed")
    environment = conda_environment(had, *others, conda_package(http_channel, "variant", "1.1"))
    server.fail(VARIANT, Status(404), times=2)
    for _ in range(2):
        with pytest.raises(ArtifactUnavailable, match="variant"):
            workshop.restore(environment, prefix)
    workshop.restore(environment, prefix)
    assert server.count(VARIANT) == 3
    assert [server.count(f"/*/{package.fn}") for package in (had, *others)] == [1, 1, 1]
    assert not list(workshop.settings.cache.glob("conda/partial/*.part"))
    if sized:
        labels = [label for label, _, unit in workshop.bars.started if unit == "bytes"]
        assert labels[0] == "Downloading 4 packages"
        assert labels[1].startswith("Downloading 1 package of ")
        assert labels[1].endswith(", taking 3 from this machine")


def test_what_was_had_and_was_altered_since_is_downloaded_anew(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server, package = server_of(http_channel), psutil(http_channel)
    environment = conda_environment(package, conda_package(http_channel, "variant", "1.1"))
    server.fail(VARIANT, Status(404), times=1)
    with pytest.raises(ArtifactUnavailable):
        workshop.restore(environment, prefix)
    (kept,) = workshop.settings.cache.glob("conda/partial/*.part")
    kept.write_bytes(b"x" * kept.stat().st_size)
    workshop.restore(environment, prefix)
    assert server.count("/*/psutil-*") == 2


def test_host_that_cannot_be_reached_is_told_from_one_that_has_no_such_file(
    channel: Channel, workshop: Workshop, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_proxies(monkeypatch)
    there = {
        "variant": "http://127.0.0.1:9/linux-64/v.conda",
        "prefixed": "http://a.invalid/linux-64/p.conda",
    }
    packages = (replace(package, url=there[package.name]) for package in several(channel, *there))
    with pytest.raises(ArtifactUnavailable) as caught:
        workshop.restore(conda_environment(*packages), prefix)
    _, unnamed, refusing = caught.value.message.splitlines()
    assert unnamed.endswith("there is no host of this name, or no network")
    assert refusing.endswith("the connection is refused")


@pytest.fixture
def protected(http_channel: Channel, monkeypatch: pytest.MonkeyPatch) -> Channel:
    """A channel whose server wants a password, and is asked directly."""
    _without_proxies(monkeypatch)
    server_of(http_channel).password = "ada:hunter2"
    return http_channel


def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().endswith("_PROXY")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "login",
    [
        (".netrc", "machine 127.0.0.1 login ada password hunter2\n"),
        (
            ".rattler/credentials.json",
            '{"127.0.0.1": {"BasicHTTP": {"username": "ada", "password": "hunter2"}}}',
        ),
    ],
    ids=["netrc", "rattler"],
)
def test_password_of_the_user_is_shown_to_a_server_that_wants_it(
    login: tuple[str, str], protected: Channel, sealed_environment: Path, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(protected, "variant", "1.1"))
    with pytest.raises(ArtifactUnavailable, match="401"):
        workshop.restore(environment, prefix)
    file, content = sealed_environment / login[0], login[1]
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    file.chmod(0o600)
    workshop.restore(environment, prefix)
    assert server_of(protected).requests[-1].credentials == "ada:hunter2"


def test_credentials_that_cannot_be_read_are_named_where_they_are_needed(
    http_channel: Channel, channel: Channel, sealed_environment: Path, workshop: Workshop, prefix: Path
) -> None:
    file = sealed_environment / ".rattler/credentials.json"
    file.parent.mkdir()
    file.write_text("{nonsense")
    with pytest.raises(RestoreFailed, match=f"credentials for channels cannot be read: .*{file}"):
        workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)


def test_password_in_a_mirror_is_shown_to_it_and_to_nobody_else(
    protected: Channel, tmp_path: Path, prefix: Path
) -> None:
    package = conda_package(protected, "variant", "1.1")
    secret = protected.url.replace("http://", "http://ada:hunter2@")
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((protected.url, secret),)))
    (note,) = workshop.restore(conda_environment(package), prefix)
    assert "variant" in note.source
    assert "hunter2" not in note.source
    assert "hunter2" not in (prefix / "conda-meta/variant-1.1-cpu_0.json").read_text()


def test_proxy_is_used(
    http_channel: Channel, workshop: Workshop, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_proxies(monkeypatch)
    monkeypatch.setenv("http_proxy", http_channel.url)
    package = conda_package(http_channel, "variant", "1.1")
    far = str(package.url).replace(http_channel.url, "http://conda.example")
    workshop.restore(conda_environment(replace(package, url=far)), prefix)
    assert [request.host for request in server_of(http_channel).requests] == ["conda.example"]


def test_proxy_is_passed_by_for_hosts_that_are_excepted(
    http_channel: Channel, workshop: Workshop, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_proxies(monkeypatch)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    assert [request.host for request in server_of(http_channel).requests] == [""]


def _append(file: Path) -> None:
    with file.open("a") as opened:
        opened.write("tampered\n")


def _truncate(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_append, _truncate, os.unlink], ids=["altered", "truncated", "removed"])
def test_spoilt_cache_entry_is_found_and_fetched_again(
    spoil: Callable[[Path], None], http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(
        *(conda_package(http_channel, name, "1.1") for name in ("variant", "linked"))
    )
    workshop.restore(environment, prefix)
    spoil(cached_file(workshop))
    second = prefix.with_name("second")
    workshop.restore(environment, second)
    assert (second / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert cached_file(workshop).read_text() == "1.1 cpu_0\n"
    assert server_of(http_channel).count(VARIANT) == 2
    assert server_of(http_channel).count("/*/linked-1.1-*") == 1


def test_spoilt_cache_entry_that_cannot_be_fetched_again_is_refused(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(http_channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    _append(cached_file(workshop))
    server_of(http_channel).fail("*", Status(404))
    with pytest.raises(ArtifactUnavailable, match=r"variant 1\.1 cpu_0"):
        workshop.restore(environment, prefix.with_name("second"))
    assert beside(prefix) == []


def test_cache_that_cannot_be_written_is_named(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    workshop.settings.cache.write_text("a file where a folder should be")
    with pytest.raises(RestoreFailed, match=f"cannot write {workshop.settings.cache}"):
        workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert beside(prefix) == []
