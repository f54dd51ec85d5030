"""Link scripts of conda packages: where allowed they run, for a limited time, and what they made moves."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from envgit.errors import RestoreFailed
from envgit.model import CondaPackage
from envgit.plan import changes_of
from envgit.restore import change, place, staged
from envgit.restore.conda import link_scripts, script_run
from envgit.restore.conda.notes import notes_of_scripts, notes_on
from envgit.restore.prefix.staging import remove_tree
from envgit.sights import sights_of
from tests.restore.environments import Bars, Workshop, conda_environment, conda_package, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envgit.model import Graded
    from tests.channel import Channel

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts of these tests are for a POSIX shell")

DEMO = CondaPackage(name="demo", version="1.0", build="0", build_number=3, sha256="0" * 64)


@pytest.fixture
def staging(prefix: Path) -> Iterator[Path]:
    with staged(prefix) as staging:
        (staging / "bin").mkdir(parents=True)
        (staging / "conda-meta").mkdir()
        yield staging


def script(staging: Path, text: str, action: str = "post-link", name: str = "demo") -> None:
    (staging / f"bin/.{name}-{action}.sh").write_text(text)


def run(staging: Path, prefix: Path, tmp_path: Path, *packages: CondaPackage) -> list[Graded]:
    settings = settings_for(tmp_path, link_scripts=True)
    suffix = staging.name.removeprefix(prefix.name)
    return list(notes_of_scripts(packages or (DEMO,), staging, settings, suffix=suffix))


def test_script_is_told_what_conda_tells_it(staging: Path, prefix: Path, tmp_path: Path) -> None:
    script(staging, 'echo "$PKG_NAME $PKG_VERSION $PKG_BUILDNUM" > "$PREFIX/told"; tool > "$PREFIX/tool"')
    (staging / "bin/tool").write_text("#!/bin/sh\necho of the environment\n")
    (staging / "bin/tool").chmod(0o755)
    assert run(staging, prefix, tmp_path) == []
    assert (staging / "told").read_text() == "demo 1.0 3\n"
    assert (staging / "tool").read_text() == "of the environment\n"


def test_scripts_run_after_those_of_what_they_depend_on(staging: Path, prefix: Path, tmp_path: Path) -> None:
    for name in ("a", "z"):
        script(staging, f'echo {name} >> "$PREFIX/order"', name=name)
    last = CondaPackage(name="a", version="1", depends=("middle",))
    middle = CondaPackage(name="middle", version="1", depends=("z >=1",))
    run(staging, prefix, tmp_path, last, middle, CondaPackage(name="z", version="1"))
    assert (staging / "order").read_text() == "z\na\n"


def test_what_a_script_tells_the_user_is_passed_on(staging: Path, prefix: Path, tmp_path: Path) -> None:
    script(staging, 'echo "now run $PREFIX/bin/setup" > "$PREFIX/.messages.txt"')
    (note,) = run(staging, prefix, tmp_path)
    assert (note.name, note.grade) == ("demo", "exact")
    assert note.reason == f"its post-link script says: now run {prefix}/bin/setup"
    assert not (staging / ".messages.txt").exists()


def test_script_that_fails_fails_the_restore_with_what_it_printed(
    staging: Path, prefix: Path, tmp_path: Path
) -> None:
    script(staging, "echo first; echo no licence was found >&2; exit 7")
    with pytest.raises(RestoreFailed, match=r"post-link script of demo 1\.0 failed \(exit 7\)") as failed:
        run(staging, prefix, tmp_path)
    assert failed.value.hint.splitlines() == [
        "first",
        "no licence was found",
        "to go without: git config envgit.linkScripts false",
    ]


def test_script_that_hangs_is_ended_with_what_it_started(
    staging: Path, prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script_run, "PATIENCE", 0.5)
    script(staging, 'sleep 600 & echo $! > "$PREFIX/child"; echo waiting; wait')
    with pytest.raises(RestoreFailed, match=r"did not end within 0\.5 seconds") as failed:
        run(staging, prefix, tmp_path)
    assert "waiting" in failed.value.hint
    child = int((staging / "child").read_text())
    for _ in range(500):  # it was killed, and dies in its own time
        if not _runs(child):
            break
        time.sleep(0.01)
    else:
        pytest.fail("what the script started still runs")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_script_wrote_leads_to_the_final_place(staging: Path, prefix: Path, tmp_path: Path) -> None:
    (staging / "share").mkdir()
    (staging / "share/settings").write_text("of the package\n")
    script(
        staging,
        'echo "root=$PREFIX" > "$PREFIX/share/new"; echo "root=$PREFIX" > "$PREFIX/share/settings"\n'
        'ln -s "$PREFIX/share" "$PREFIX/link"; printf "\\0$PREFIX" > "$PREFIX/share/made.pyc"\n',
    )
    run(staging, prefix, tmp_path)
    assert (staging / "share/new").read_text() == f"root={prefix}\n"
    assert (staging / "share/settings").read_text() == f"root={prefix}\n"
    assert os.readlink(staging / "link") == f"{prefix}/share"
    assert not (staging / "share/made.pyc").exists()


def test_binary_file_that_holds_where_it_was_made_is_refused(
    staging: Path, prefix: Path, tmp_path: Path
) -> None:
    script(staging, 'printf "\\0$PREFIX\\0" > "$PREFIX/made.bin"')
    with pytest.raises(RestoreFailed, match=r"made\.bin holds the path it was built at"):
        run(staging, prefix, tmp_path)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("post-link", ["its post-link script was not run; to allow it: git config envgit.linkScripts true"]),
        ("pre-link", ["its pre-link script was not run: such scripts never are"]),
        ("pre-unlink", []),
    ],
)
def test_script_that_did_not_run_is_said(staging: Path, tmp_path: Path, action: str, said: list[str]) -> None:
    script(staging, "exit 1", action)
    notes = notes_on(conda_environment(DEMO), staging, settings_for(tmp_path))
    assert [note.reason for note in notes] == said


def test_scripts_are_those_of_this_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["bin/.demo-post-link.sh", "Scripts/.demo-pre-link.bat", "bin/.other-post-link.sh"]
    assert link_scripts.scripts_among(files, "demo") == ["post-link"]
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(os, "name", "nt")
        found = link_scripts.scripts_among(files, "demo")
    assert found == ["pre-link"]


def test_changing_an_environment_runs_the_scripts_of_what_changes_alone(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    settings = settings_for(tmp_path, link_scripts=True)
    variant = conda_package(channel, "variant", "1.1")
    linked = conda_package(channel, "linked", "1.0")
    made, standing = prefix / "linked-generated.txt", conda_environment(linked, variant)
    Workshop(settings=settings).restore(standing, prefix)

    def change_to(*packages: CondaPackage) -> None:
        nonlocal standing
        current, wanted = standing, conda_environment(*packages)
        with staged(prefix) as staging:
            change(
                changes_of(current, wanted),
                current,
                wanted,
                seen=sights_of(prefix),
                staging=staging,
                prefix=prefix,
                settings=settings,
                progress=Bars(),
            )
            remove_tree(prefix)
            place(staging, prefix)
        standing = wanted

    assert made.read_text() == "1.0\n"
    made.write_text("changed by the user\n")
    change_to(linked, conda_package(channel, "variant", "1.0", match_build="cpu_0"))
    assert made.read_text() == "changed by the user\n"
    unlink = prefix / "bin/.linked-pre-unlink.sh"
    unlink.unlink()
    unlink.write_text('touch "$PREFIX/cleaned-up"')
    standing = conda_environment(replace(linked, sha256=None, md5=None, url=None), variant)
    change_to(linked, variant)  # of which a file was altered
    assert (prefix / "cleaned-up").exists()
    assert made.read_text() == "1.0\n"
    change_to(conda_package(channel, "linked", "1.1"), variant)
    assert made.read_text() == "1.1\n"
    change_to(variant)
    assert not made.exists()
    (prefix / "conda-meta/broken-1.0-0.json").write_text("{")
    with pytest.raises(RestoreFailed, match="cannot be linked"):
        change_to(linked, variant)


def test_scripts_of_what_goes_run_before_those_of_what_it_depends_on(
    staging: Path, prefix: Path, tmp_path: Path
) -> None:
    for name in ("a", "z"):
        script(staging, f'echo {name} >> "$PREFIX/order"', action="pre-unlink", name=name)
    needs = CondaPackage(name="z", version="1", depends=("a",))
    link_scripts.run_unlink_scripts([CondaPackage(name="a", version="1"), needs], staging, dict(os.environ))
    assert (staging / "order").read_text() == "z\na\n"
