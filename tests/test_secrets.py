"""Credentials never get out of where the user put them: not into any object of the repository, nor said."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

import pytest

from envgit.identity import snapshot_of
from envgit.store.layout import files_of
from tests.builders import (
    CondaSpec,
    PypiSpec,
    make_editable,
    make_prefix,
    make_repo,
    make_venv,
    run_cli,
    site_packages,
)
from tests.builders.dists import write_dist
from tests.capture.captures import captured
from tests.credentials import TEXTS, URLS
from tests.githooks.project import LATER
from tests.restore.environments import (
    Workshop,
    conda_environment,
    conda_package,
    dist,
    record_of,
    settings_for,
    venv_environment,
)
from tests.server import Server, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.builders import Repo
    from tests.channel import Channel

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Makes a secret for each place it is planted in, and finds them again; ``salt`` makes others."""

    salt: str = ""
    planted: dict[str, str] = field(default_factory=dict)

    def __call__(self, place: str) -> str:
        """A secret that looks drawn by lot, as tokens do."""
        return self.planted.setdefault(place, f"Zk7{_digest(self.salt + place)[:25]}")

    def issued(self, place: str) -> str:
        """A token of a known shape, for places that say nothing of what they hold."""
        return f"ghp_{self(place)}{'a' * 8}"

    def url(self, place: str) -> str:
        """A URL with a user."""
        return f"https://user:{self(place)}@host.example/{_digest(place)[:6]}"

    def found_in(self, content: bytes) -> list[str]:
        """The places whose secret a content holds: as it is, or written otherwise."""
        decoded = unquote_to_bytes(content)
        texts = (content.lower(), decoded.lower(), decoded[::-1].lower())
        return [
            place
            for place, secret in self.planted.items()
            if any(secret.lower().encode() in text for text in texts)
            or any(form in content for form in _in_base64(secret.encode()))
        ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """What a secret looks like in base64, wherever it begins; the outermost digits depend on neighbours."""
    for before in range(3):
        yield base64.b64encode(b"\0" * before + secret)[4:-4]


# --- where credentials are found, and are planted here ---


def plant_in_conda(folder: Path, secrets: Secrets) -> Path:
    """Make a conda prefix with a credential in every field that is read."""
    conda = {
        f"at{number}": CondaSpec(
            version="1.0",
            extra={
                "url": shape.format(secrets(f"url {shape}")),
                "channel": shape.format(secrets(f"channel {shape}")),
            },
        )
        for number, shape in enumerate(URLS)
    }
    conda["texts"] = CondaSpec(
        version="1.0",
        depends=tuple(shape.format(secrets(f"depends {shape}")) for shape in TEXTS),
        constrains=(f"{secrets.url('constrains')}::x",),
        license=f"MIT {secrets.url('license')}",
        extra={
            "requested_spec": f"{secrets.url('requested')}::texts",
            "subdir": secrets.url("subdir"),
            "fn": f"{secrets.issued('fn')}.conda",
            "files": [f"lib/python3.11/site-packages/{secrets.issued('listed')}-1.0.dist-info/RECORD"],
        },
    )
    prefix = make_prefix(
        folder,
        conda=conda,
        pypi=_distributions(secrets),
        history=_history(secrets),
        state=_variables(secrets),
        pinned=[f"{secrets.url('pin')}::texts ==1.0", f"texts[token={secrets('pinned token')}]"],
    )
    (prefix / f"conda-meta/{secrets.issued('name of a record')}-1-0.json").write_text("{")
    (prefix / ".condarc").write_text(
        f"channels: [{secrets.url('broken condarc')}, *{secrets.issued('alias')}]\n"
    )
    (site_packages(prefix) / f"{secrets.issued('name of a pth')}.pth").write_text(f"{secrets.url('pth')}\n")
    return prefix


def _distributions(secrets: Secrets) -> dict[str, PypiSpec]:
    direct_urls: dict[str, dict[str, object]] = {
        f"direct{number}": {"url": shape.format(secrets(f"direct {shape}")), "archive_info": {}}
        for number, shape in enumerate(URLS)
    }
    direct_urls["revision"] = {
        "url": secrets.url("vcs url"),
        "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": secrets("bare revision")},
        "subdirectory": secrets.url("subdirectory"),
    }
    direct_urls["revisions"] = {
        "url": secrets.url("other vcs url"),
        "vcs_info": {"vcs": secrets.url("vcs"), "commit_id": secrets("commit"), "requested_revision": "v1"},
    }
    specs = {name: PypiSpec(version="1.0", direct_url=direct) for name, direct in direct_urls.items()}
    requires = tuple(f"x @ {secrets.url('requires')}/{shape.format(secrets(shape))}" for shape in TEXTS)
    return specs | {
        # Without RECORD: its hashes are those of a package's bytes, and other bytes are another package.
        "about": PypiSpec(
            version="1.0",
            requires=requires,
            tags=(f"py3-none-any {secrets.url('tag')}",),
            installer=f"pip {secrets.url('installer')}",
            record=False,
        ),
    }


def _history(secrets: Secrets) -> str:
    commands = [shape.format(secrets(f"cmd {shape}")) for shape in TEXTS]
    channels = [f"conda install -c {shape.format(secrets(f'flag {shape}'))} x" for shape in URLS]
    specs = [f"{secrets.url('spec')}::texts", f"{secrets.issued('name in a spec')}=1", "direct1"]
    specs += [f"t/{secrets('token of a channel')}/chan::at{number}" for number in range(3)]
    lines = [f"# cmd: {line}" for line in (*commands, *channels)]
    return "\n".join(["==> 2024-05-01 12:00:00 <==", *lines, f"# update specs: {json.dumps(specs)}"]) + "\n"


def _variables(secrets: Secrets) -> dict[str, str]:
    return {
        "GITHUB_TOKEN": secrets("token in a variable"),
        "OPAQUE": secrets("opaque variable"),
        "INDEX": f"--index-url {secrets.url('url in a variable')}",
        "CONNECTION": f"Server=x;Password={secrets('connection')}",
        f"X_{secrets.issued('name of a variable')}": "1",
        "PLAIN": "kept",
    }


def plant_in_venv(folder: Path, secrets: Secrets) -> Path:
    """Make a venv with credentials in the metadata of its distributions."""
    venv = make_venv(folder, tool="venv")
    for name, spec in _distributions(secrets).items():
        write_dist(venv, name, spec)
    return venv


def plant_around(home: Path, secrets: Secrets) -> dict[str, str]:
    """Write the user's configuration; returns the variables of the user's shell."""
    (home / ".condarc").write_text(
        f"channels: [{secrets.url('condarc')}, t/{secrets('relative channel')}/me]\n"
        f"default_channels: [{secrets.url('default channels')}]\n"
        f"channel_alias: https://conda.example/t/{secrets('channel alias')}\n"
        f"custom_channels: {{own: '{secrets.url('custom channels')}'}}\n"
        f"custom_multichannels: {{all: ['{secrets.url('multichannels')}', own]}}\n"
    )
    (home / ".netrc").write_text(f"machine host.example login me password {secrets('netrc')}\n")
    (home / ".config/pip").mkdir(parents=True)
    (home / ".config/pip/pip.conf").write_text(f"[global]\nindex-url = {secrets.url('pip.conf')}\n")
    return {
        "CONDA_CHANNELS": secrets.url("CONDA_CHANNELS"),
        "PIP_EXTRA_INDEX_URL": secrets.url("PIP_EXTRA_INDEX_URL"),
        "UV_INDEX": secrets.url("UV_INDEX"),
        "GITHUB_TOKEN": secrets.issued("GITHUB_TOKEN"),
    }


def plant_in_settings(repo: Repo, secrets: Secrets) -> None:
    """Configure a mirror and a remote that are logged in to."""
    repo.git("config", "envgit.mirror", f"https://conda.example/c {secrets.url('mirror')}")
    repo.git("config", "envgit.variables", "*")
    repo.git("remote", "add", "origin", f"http://user:{secrets('remote')}@127.0.0.1:9/r")


def log_in(checkout: Repo, secrets: Secrets) -> None:
    """Give the repository that an editable install runs from a remote with a login in its URL."""
    login = f"https://oauth2:{secrets('origin of an editable install')}@host.example/o/r.git"
    checkout.git("config", "remote.origin.url", login)


# --- what is left behind, and is searched ---


def objects_of(repo: Repo) -> bytes:
    """The content of every object, reachable or not."""
    command = ["git", "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(command, cwd=repo.path, capture_output=True, check=True).stdout


def files_below(folder: Path, *, but: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Every file, by a path that is searched along with it."""
    paths = {file: file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return {
        path: path.encode() + b"\n" + file.read_bytes()
        for file, path in paths.items()
        if not path.startswith(but)
    }


@dataclass(frozen=True, slots=True)
class Day:
    """Runs commands in a repository and keeps all that they said."""

    repo: Repo
    environ: dict[str, str]
    said: dict[str, bytes] = field(default_factory=dict)

    def envgit(self, *arguments: str, code: int | None = 0) -> None:
        ran = run_cli(*arguments, cwd=self.repo.path, env=self.environ)
        assert "Traceback" not in ran.stderr
        assert code in (None, ran.code), ran.stderr
        self.said[f"{len(self.said)}: envgit {' '.join(arguments)}"] = (ran.stdout + ran.stderr).encode()

    def git(self, *arguments: str) -> None:
        ran = self.repo.run(*arguments, env=self.environ)
        assert ran.returncode == 0, ran.stderr
        self.said[f"{len(self.said)}: git {' '.join(arguments)}"] = (ran.stdout + ran.stderr).encode()


def work(day: Day, secrets: Secrets, prefix: Path, venv: Path) -> None:
    """Do all that records, compares, shows and fails."""
    day.envgit("init", "--prefix", str(prefix))
    day.git("commit", "--allow-empty", "-m", "One")
    write_dist(prefix, "six", PypiSpec(version="1.0"))
    day.git("commit", "--allow-empty", "-m", "Two")
    day.git("commit", "--amend", "--allow-empty", "-m", "Two again", "--date", "2040-01-01T00:00:00Z")
    day.git("checkout", "-b", "topic", "HEAD~1")
    day.git("commit", "--allow-empty", "-m", "Three")
    day.environ.update(LATER)
    day.git("rebase", "main")
    write_dist(
        prefix, "attrs", PypiSpec(version="1.0", direct_url={"url": secrets.url("late"), "archive_info": {}})
    )
    day.envgit(
        "snapshot", "-m", f"With {secrets.url('message')}\n\nand --token {secrets('token in a message')}"
    )
    day.envgit(
        "snapshot", "--tag", "named", "-m", f"From {secrets.url('message of a tagged snapshot')}", "--json"
    )
    day.envgit("tag", "paper", "named", "-m", f"Made with {secrets.issued('message of a tag')}")
    day.envgit("snapshot", "--prefix", str(venv), "--json")
    (prefix / "conda-meta/texts-1.0-0.json").unlink(missing_ok=True)
    for form in ("text", "json", "markdown", "html"):
        day.envgit("diff", "HEAD", "--format", form)
    for verb in ("status", "log", "show", "verify"):
        day.envgit(verb, code=None)
        day.envgit(verb, "--json", code=None)
    for file in ("environment.yml", "lock", "requirements", "manifest"):
        day.envgit("show", "--file", file, code=None)
    for verb in ("show", "diff", "checkout"):
        day.envgit(verb, secrets.url(f"argument of {verb}"), code=None)
    day.envgit("show", secrets.issued("argument of show --json"), "--json", code=None)
    day.envgit("checkout", "named", "-p", str(prefix.with_name("restored")), "--dry-run", code=None)
    day.envgit("push", "origin", code=None)
    day.envgit("doctor", code=None)
    day.envgit("doctor", "--json", code=None)


def fail(day: Day, secrets: Secrets, prefix: Path) -> None:
    """Let hooks fail, which is written to the log."""
    day.repo.git("config", "--add", "envgit.mirror", secrets.url("setting that means nothing"))
    day.git("commit", "--allow-empty", "-m", "Four")
    day.envgit("status", code=None)
    day.envgit("status", "--json", code=None)
    day.repo.git("config", "--unset-all", "envgit.mirror", "^https://user")
    shutil.move(prefix, prefix.with_name(f"moved-{secrets.issued('name of a folder')}"))
    day.git("commit", "--allow-empty", "-m", "Five")


@pytest.fixture(scope="module")
def left_behind(
    tmp_path_factory: pytest.TempPathFactory, sealed_session: None
) -> tuple[Secrets, dict[str, bytes]]:
    """All that a day of work with envgit left in the repository and said, by where it is."""
    folder, home = tmp_path_factory.mktemp("day"), tmp_path_factory.mktemp("home")
    secrets = Secrets()
    repo = make_repo(folder / "code")
    prefix, venv = plant_in_conda(folder / "env", secrets), plant_in_venv(folder / "venv", secrets)
    edited = make_repo(folder / "edited")
    log_in(edited, secrets)
    make_editable(prefix, "edited", "1.0", edited.path)
    plant_in_settings(repo, secrets)
    day = Day(
        repo, {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), **plant_around(home, secrets)}
    )
    work(day, secrets, prefix, venv)
    fail(day, secrets, prefix)
    left = {
        f".git/{path}": content
        for path, content in files_below(repo.git_dir, but=("config", "objects/")).items()
    }
    return secrets, {"objects": objects_of(repo), **left, **day.said}


def test_credentials_in_channel_or_index_urls_are_never_in_any_object_of_the_repository(
    left_behind: tuple[Secrets, dict[str, bytes]],
) -> None:
    secrets, left = left_behind
    assert len(secrets.planted) > 200
    assert left["objects"].count(b"snapshot.json") >= 3
    assert secrets.found_in(left["objects"]) == []


def test_credentials_are_in_no_file_below_the_git_folder(
    left_behind: tuple[Secrets, dict[str, bytes]],
) -> None:
    secrets, left = left_behind
    assert {".git/envgit/hook.log", ".git/envgit/host.json"} <= left.keys()
    assert any(path.endswith("/records") for path in left)
    found = {path: secrets.found_in(content) for path, content in left.items() if path.startswith(".git/")}
    assert {path: places for path, places in found.items() if places} == {}


def test_credentials_are_never_said(left_behind: tuple[Secrets, dict[str, bytes]]) -> None:
    secrets, left = left_behind
    said = {what: content for what, content in left.items() if re.match(r"\d+: ", what)}
    assert any(b"envgit.mirror is" in content for what, content in said.items() if what.endswith("-m Four"))
    found = {what: secrets.found_in(content) for what, content in said.items()}
    assert {what: places for what, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "written",
    [
        lambda secret: secret,
        lambda secret: f"x{secret}y",
        lambda secret: secret.lower(),
        quote,
        lambda secret: "".join(f"%{ord(letter):02x}" for letter in secret),
        lambda secret: secret[::-1],
        lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
        lambda secret: base64.b64encode(f"me:{secret}".encode()).decode(),
        lambda secret: base64.b64encode(f"a:{secret}".encode()).decode(),
    ],
)
def test_search_finds_a_secret_however_it_is_written(tmp_path: Path, written: object) -> None:
    assert callable(written)
    secrets = Secrets()
    text = str(written(secrets("here")))
    secrets("elsewhere")
    repo = make_repo(tmp_path / "code", files={"train.py": text})
    repo.git("tag", "--annotate", "--message", text, "v1")
    repo.git("tag", "--delete", "v1")
    (repo.git_dir / "log").write_text(text)
    assert secrets.found_in(objects_of(repo)) == ["here"]
    assert secrets.found_in(files_below(repo.git_dir)["log"]) == ["here"]


# --- what remains ---


def test_two_snapshots_of_one_environment_with_other_tokens_are_equal(
    tmp_path: Path, sealed_environment: Path
) -> None:
    edited = make_repo(tmp_path / "edited")

    def recorded(salt: str) -> tuple[str, dict[str, bytes]]:
        secrets = Secrets(salt)
        prefix = plant_in_conda(tmp_path / "env", secrets)
        log_in(edited, secrets)
        make_editable(prefix, "edited", "1.0", edited.path)
        environ = plant_around(sealed_environment, secrets)
        found = captured(prefix, variables=("*",), environ=environ)
        for planted in (prefix, sealed_environment / ".config"):
            shutil.rmtree(planted)
        snapshot = snapshot_of(found.environment)
        return snapshot.id, files_of(snapshot, name="default")

    one, other = recorded("one"), recorded("other")
    assert one[1]["snapshot.json"].decode().splitlines() == other[1]["snapshot.json"].decode().splitlines()
    assert one == other
    manifest = json.loads(one[1]["snapshot.json"])
    assert manifest["metadata"]["variables"]["PLAIN"] == "kept"


def test_a_failing_download_names_no_login_of_a_mirror(tmp_path: Path, sealed_environment: Path) -> None:
    secrets = Secrets()
    repo = make_repo(tmp_path / "code")
    url = "https://conda.invalid/c/noarch/six-1-0.conda"
    six = CondaSpec(version="1", noarch="generic", extra={"url": url, "channel": "https://conda.invalid/c"})
    prefix = make_prefix(tmp_path / "env", conda={"six": six}, python=None)
    (tmp_path / "served").mkdir()
    with Server(tmp_path / "served") as server:
        login = server.url.replace("://", f"://user:{secrets('mirror')}@")
        repo.git("config", "envgit.mirror", f"https://conda.invalid/c {login}/t/{secrets('conda token')}/c")
        assert run_cli("init", "--prefix", prefix, cwd=repo.path).code == 0
        target = str(tmp_path / "restored")
        ran = run_cli("checkout", "HEAD", "-p", target, "--json", cwd=repo.path)
        assert server.count("*/six-*") > 0
    assert ran.code == 1
    assert re.search(
        r"six 1 \S+ cannot be had from http://127\.0\.0\.1:\d+/c/noarch/six-1-0\.conda", ran.stdout
    )
    assert secrets.found_in((ran.stdout + ran.stderr).encode()) == []
    cache = files_below(sealed_environment / ".cache")
    assert {path: found for path, content in cache.items() if (found := secrets.found_in(content))} == {}


def test_a_restore_from_a_mirror_leaves_its_login_nowhere(tmp_path: Path, http_channel: Channel) -> None:
    secrets = Secrets()
    assert http_channel.server is not None
    package = conda_package(http_channel, "variant", "1.1")
    canonical = "https://conda.invalid/c"
    url = canonical + (package.url or "").removeprefix(http_channel.url)
    login = http_channel.url.replace("://", f"://user:{secrets('mirror')}@")
    settings = settings_for(tmp_path, mirrors=((canonical, login),))
    prefix = tmp_path / "envs/restored"
    recorded = replace(package, url=url, channel=canonical)
    Workshop(settings=settings).restore(conda_environment(recorded), prefix)
    assert http_channel.server.count("*/variant-*") == 1
    assert record_of(prefix, "variant")["url"] == url
    left = files_below(tmp_path)
    assert len(left) > 3
    assert {path: found for path, content in left.items() if (found := secrets.found_in(content))} == {}


def test_an_index_that_fails_is_told_of_without_its_login(tmp_path: Path) -> None:
    secrets = Secrets()
    (tmp_path / "index").mkdir()
    cache = tmp_path / "cache"
    with Server(tmp_path / "index") as server:
        server.fail("/*", Status(503))
        login = server.url.replace("://", f"://user:{secrets('index')}@")
        environ = {**os.environ, "UV_DEFAULT_INDEX": f"{login}/simple", "UV_CACHE_DIR": str(cache)}
        environ |= {"UV_HTTP_RETRIES": "0"}
        settings = settings_for(tmp_path, environ=environ, indexes=(f"{login}/t/{secrets('path')}/simple",))
        notes = Workshop(settings=settings).restore(
            venv_environment(dist("six", "1.0")), tmp_path / "restored"
        )
        assert server.requests
    assert [note.grade for note in notes] == ["missing"]
    left = files_below(tmp_path) | {"said": repr(notes).encode()}
    assert {path: found for path, content in left.items() if (found := secrets.found_in(content))} == {}
