"""What a change of an environment leaves behind in it, for conda to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.plan import changes_of
from envgit.restore import change, staged
from envgit.sights import sights_of
from tests.restore.environments import Bars, Workshop, conda_environment, conda_package, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.channel import Channel


def test_history_says_what_is_wanted_no_longer(channel: Channel, tmp_path: Path, prefix: Path) -> None:
    settings = settings_for(tmp_path)
    variant, linked = conda_package(channel, "variant", "1.1"), conda_package(channel, "linked", "1.0")
    current = conda_environment(variant, linked, specs=("variant", "linked=1.0"))
    wanted = conda_environment(variant, specs=("variant",))
    Workshop(settings=settings).restore(current, prefix)
    before = (prefix / "conda-meta/history").read_text()
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
        after = (staging / "conda-meta/history").read_text()
    assert after.startswith(before)
    said = after[len(before) :].splitlines()[2:]
    assert said == [
        f"-{linked.channel}/{linked.subdir}::linked-1.0-{linked.build}",
        '# remove specs: ["linked=1.0"]',
        '# update specs: ["variant"]',
    ]
