"""What a stranger's snapshot and a stranger's packages may not do: leave the environment they are put in."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from conda_package_streaming.create import conda_builder

from envgit.errors import EnvgitError, RestoreFailed
from envgit.model import CondaPackage
from envgit.restore.pypi import strangers
from tests.restore.environments import Workshop, beside, conda_environment

if TYPE_CHECKING:
    from pathlib import Path

EVIL = b"evil\n"
SYMLINK, HARDLINK = tarfile.SYMTYPE, tarfile.LNKTYPE


@dataclass(kw_only=True, slots=True)
class Hostile:
    """A package made by hand: ``members`` of its archive, and the ``paths`` that it lists."""

    members: list[tuple[tarfile.TarInfo, bytes]] = field(default_factory=list)
    paths: list[dict[str, Any]] = field(default_factory=list)
    name: str = "hostile"
    extension: str = ".tar.bz2"
    #: What stands in the list of files, if not the paths.
    listing: bytes = b""

    def add(self, name: str, content: bytes = EVIL, *, to: str = "", kind: bytes = SYMLINK) -> Hostile:
        """Put a file, or a link ``to`` somewhere, into the archive."""
        member = tarfile.TarInfo(name)
        if to:
            member.type, member.linkname = kind, to
        else:
            member.size = len(content)
        self.members.append((member, b"" if to else content))
        return self

    def lists(self, path: str, path_type: str = "hardlink") -> Hostile:
        """List a path as one to be linked."""
        digest = hashlib.sha256(EVIL).hexdigest()
        entry = {"_path": path, "path_type": path_type, "sha256": digest, "size_in_bytes": len(EVIL)}
        self.paths.append(entry)
        return self

    def packed(self, folder: Path, *, called: str = "") -> CondaPackage:
        """Write the archive; returns the package as a snapshot knows it."""
        index = {"name": self.name, "version": "1.0", "build": "0", "build_number": 0, "subdir": "noarch"}
        control = Hostile().add("info/index.json", json.dumps(index).encode())
        listing = json.dumps({"paths": self.paths, "paths_version": 1}).encode()
        control.add("info/paths.json", self.listing or listing)
        name = called or self.name
        file = folder / "noarch" / f"{name}-1.0-0{self.extension}"
        file.parent.mkdir(parents=True, exist_ok=True)
        self._write(file, [*control.members, *self.members])
        content = file.read_bytes()
        return CondaPackage(
            name=name,
            version="1.0",
            build="0",
            subdir="noarch",
            noarch="generic",
            url=file.as_uri(),
            fn=file.name,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )

    def _write(self, file: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        if self.extension == ".conda":
            with conda_builder(file.name.removesuffix(".conda"), file.parent, compression_level=1) as archive:
                for member, content in members:
                    archive.addfile(member, io.BytesIO(content))
        else:
            with tarfile.open(file, "w:bz2") as tarball:
                for member, content in members:
                    tarball.addfile(member, io.BytesIO(content))


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of the user's, which no package knows."""
    file = tmp_path / "home" / "victim"
    file.parent.mkdir()
    file.write_text("precious")
    return file


@pytest.mark.parametrize("extension", [".tar.bz2", ".conda"])
@pytest.mark.parametrize(
    "attack",
    [
        "a member above the package",
        "an absolute member",
        "a file below a link that leads out",
        "a hard link to a file outside",
        "a path above the environment, by the package's own folder",
        "an absolute path",
        "a path that goes up in the middle",
        "history as a link",
        "conda-meta as a link",
        "a second list of files",
        "a list of files that is a link",
        "another package than it is said to be",
    ],
)
def test_a_package_that_reaches_out_is_refused_before_anything_is_written(
    attack: str, extension: str, workshop: Workshop, victim: Path, tmp_path: Path
) -> None:
    prefix = tmp_path / "envs" / "restored"
    listing = json.dumps({"paths": [], "paths_version": 1}).encode()
    package = {
        "a member above the package": lambda p: p.add("../../../evil").lists("../../../evil"),
        "an absolute member": lambda p: p.add(str(victim)).lists("x"),
        "a file below a link that leads out": lambda p: (
            p.add("d", to=str(victim.parent)).add("d/victim").lists("d", "softlink").lists("d/victim")
        ),
        "a hard link to a file outside": lambda p: p.add("h", to=str(victim), kind=HARDLINK).lists("h"),
        "a path above the environment, by the package's own folder": lambda p: p.add("evil").lists(
            "../hostile-1.0-0/evil"
        ),
        "an absolute path": lambda p: p.add("evil").lists(str(victim)),
        "a path that goes up in the middle": lambda p: p.add("x/evil").lists("x/../evil"),
        "history as a link": lambda p: p.add("conda-meta/history", to=str(victim)).lists(
            "conda-meta/history", "softlink"
        ),
        "conda-meta as a link": lambda p: p.add("conda-meta", to=str(victim.parent)).lists("conda-meta"),
        "a second list of files": lambda p: p.add("info/paths.json", listing).lists("x"),
        "a list of files that is a link": lambda p: p.add("INFO/paths.json", to="../x").lists("x"),
        "another package than it is said to be": lambda p: p.add("x").lists("x"),
    }[attack](Hostile(extension=extension))
    called = "trusted" if attack.startswith("another") else ""
    environment = conda_environment(package.packed(tmp_path / "channel", called=called))
    with pytest.raises(RestoreFailed) as refused:
        workshop.restore(environment, prefix)
    assert "Traceback" not in refused.value.message + refused.value.hint
    assert victim.read_text() == "precious"
    assert list(victim.parent.iterdir()) == [victim]
    assert not prefix.exists()
    assert beside(prefix) == []


def test_metadata_is_never_written_through_what_a_package_put_there(
    workshop: Workshop, prefix: Path, victim: Path, tmp_path: Path
) -> None:
    # Its list says that this is a plain file.
    hostile = Hostile().add("conda-meta/history", to=str(victim)).lists("conda-meta/history")
    try:
        workshop.restore(conda_environment(hostile.packed(tmp_path / "channel")), prefix)
    except RestoreFailed:
        assert not prefix.exists()
    assert victim.read_text() == "precious"


def test_a_package_s_history_in_the_cache_is_not_written_over(
    workshop: Workshop, prefix: Path, tmp_path: Path
) -> None:
    package = Hostile().add("conda-meta/history").lists("conda-meta/history").packed(tmp_path / "channel")
    for place in (prefix, prefix.with_name("second")):
        workshop.restore(conda_environment(package), place)
        assert "hostile-1.0-0" in (place / "conda-meta/history").read_text()
    (cached,) = workshop.settings.cache.rglob("conda-meta/history")
    assert cached.read_bytes() == EVIL


def test_a_folder_link_of_one_package_leads_no_file_of_another_out(
    workshop: Workshop, prefix: Path, victim: Path, tmp_path: Path
) -> None:
    link = Hostile(name="a").add("lib/d", to=str(victim.parent)).lists("lib/d", "softlink")
    file = Hostile(name="b").add("lib/d/victim").lists("lib/d/victim")
    packages = [one.packed(tmp_path / "channel") for one in (link, file)]
    workshop.restore(conda_environment(*packages), prefix)
    assert victim.read_text() == "precious"
    assert list(victim.parent.iterdir()) == [victim]


#: What no field of a package holds; a folder may be called so.
NO_FOLDERS = [
    "--index-url=https://evil.example",
    "..",
    "../../etc",
    "/etc/passwd",
    "a\0b",
    "a\nb",
    "\ud800",
    "\u202egpj",
    "file:///etc/passwd",
    "file://server/share/x-1.0-0.conda",
    r"\\server\share\x-1.0-0.conda",
    "https://good.example@evil.example:99999/noarch/x-1.0-0.conda",
]
FIELDS = ["name", "version", "build", "subdir", "fn", "url", "sha256", "md5", "python_site_packages_path"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_none_is_an_error_of_ours_and_touches_nothing(
    field: str, workshop: Workshop, prefix: Path, tmp_path: Path
) -> None:
    sound = Hostile().add("x").lists("x").packed(tmp_path / "channel")
    offline = Workshop(settings=replace(workshop.settings, offline=True))
    may_be_so = field == "python_site_packages_path"
    for value in [*NO_FOLDERS, *([] if may_be_so else ["-e", "9" * 5000])]:
        with pytest.raises(EnvgitError) as refused:
            offline.restore(conda_environment(replace(sound, **{field: value})), prefix)  # type: ignore[arg-type]
        assert refused.value.exit_code == 1
        assert not prefix.exists()
        assert beside(prefix) == []


@pytest.mark.parametrize(
    "name", ["-e", "--index-url=https://evil.example", "..", "a/b", "a\n-e", "\u202ea", ""]
)
def test_a_distribution_s_name_is_never_an_option_or_a_path(name: str) -> None:
    assert not strangers.is_name(name)


@pytest.mark.parametrize("version", ["", "1 --index-url=x", "1\n-e .", "${SECRET}", "\ud800", "1;x"])
def test_a_distribution_s_version_is_never_an_option(version: str) -> None:
    with pytest.raises(strangers.Unobtainable):
        strangers.checked_version(version)


@pytest.mark.parametrize(
    "text",
    [
        "-r /etc/passwd",
        "six --index-url=https://evil",
        "six\n--index-url=https://evil",
        "six @ https://evil/six.whl",
        "other>=1",
        "six; sys_platform == '${TOKEN}'",
    ],
)
def test_a_distribution_s_requirement_is_never_an_option_a_place_or_a_variable(text: str) -> None:
    with pytest.raises(strangers.Unobtainable):
        strangers.checked_requirement(text, "six")


@pytest.mark.parametrize("text", ["--upload-pack=evil", "main --evil", "a\nb", "${TOKEN}", ""])
def test_a_distribution_s_branch_is_never_an_option(text: str) -> None:
    with pytest.raises(strangers.Unobtainable):
        strangers.checked_reference(text)


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% pwned",
        "--upload-pack=touch pwned",
        "-oProxyCommand=x",
        "ssh://-oProxyCommand=x/r",
        "ssh://a@-oProxyCommand=x/r",
        "file://server/share/r",
        "https://x/${SECRET}",
        "https://x/r\n--index-url",
        "ftp://x/r",
    ],
)
def test_a_distribution_s_repository_is_never_a_command(url: str) -> None:
    with pytest.raises(strangers.Unobtainable):
        strangers.repository_url(url)


@pytest.mark.parametrize(
    "listing",
    [b"[" * 200_000, b'{"paths": 5}', b'{"paths": [5]}', b'{"paths": [{"_path": {}}]}', b"[]", b"\xff"],
    ids=["deep", "a number", "numbers", "no path", "a list", "no text"],
)
def test_a_list_of_files_that_is_none_is_no_crash(
    workshop: Workshop, tmp_path: Path, prefix: Path, listing: bytes
) -> None:
    package = Hostile(listing=listing).packed(tmp_path / "channel")
    with pytest.raises(RestoreFailed, match=r"hostile 1\.0 0 is no conda package"):
        workshop.restore(conda_environment(package), prefix)
    assert not prefix.exists()


@pytest.mark.parametrize("path", ["conda-meta/other-1.0-0.json", "conda-meta/state", ".envgit-unproven"])
def test_a_package_cannot_say_what_is_installed_or_set_or_proven(
    workshop: Workshop, tmp_path: Path, prefix: Path, path: str
) -> None:
    package = Hostile().add(path).lists(path).packed(tmp_path / "channel")
    with pytest.raises(RestoreFailed, match="which is not a package's to say"):
        workshop.restore(conda_environment(package), prefix)
    assert not prefix.exists()
