from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from envgit.model import Change, CondaPackage, Difference, Distribution, Drift, Environment, Variable
from envgit.operations.log import LogEntry, Shown
from envgit.operations.status import Status
from envgit.operations.tag import Baseline
from envgit.render import text
from envgit.render.pages import write
from envgit.render.screen import plain, show
from tests.render.nouns import AFTER, BEFORE, EVERY_KIND, EVIL, HOSTILE, UPGRADED, observation, revision, side

if TYPE_CHECKING:
    from rich.console import RenderableType

ENVIRONMENT = Environment(
    kind="conda",
    platform="linux-64",
    python="3.11.7",
    conda=(
        CondaPackage(
            name="numpy", version="1.26.4", build="py311_0", channel="conda-forge", requested=("numpy",)
        ),
        CondaPackage(name="requests", version="2.31.0", build="py_0", channel="defaults"),
    ),
    distributions=(
        Distribution(name="numpy", version="1.26.4", owner="conda", conda_package="numpy"),
        Distribution(name="requests", version="2.32.4", owner="clobbered", conda_package="requests"),
        Distribution(name="rich", version="13.7.0", owner="pypi", requested=True),
    ),
    channels=("conda-forge", "defaults"),
    channel_priority="strict",
    variables=(Variable(name="CUDA_HOME", value="/usr"),),
    pins=("numpy 1.26.*",),
)


def test_a_drift_reads_well_at_80_columns() -> None:
    assert (
        plain(text.drift_view(EVERY_KIND, BEFORE, AFTER), width=80)
        == """\
paper-v1 (3f2a9c1d0b5e) → live (77aa9c1d0b5e)

! BLAS openblas → mkl

   package   layer  before  after
↑  numpy *   conda  1.26.4  2.1.0   MAJOR
~  torch *   pip    2.1     2.2     moved from conda's pytorch to pip

~  requests  pip    2.31.0  2.32.4  moved from conda to pip, installed over
                                    conda's package
↓  scipy     conda  1.12    1.11    from defaults, with numpy, pandas and 1 more
-  m4        conda  1.4             went with autoconf
+  libiconv  conda          1.17    from conda-forge
+  rich      pip            13.7.0
~  zlib      conda  1.2.13  1.2.13  rechanneled, conda-forge → defaults
~  openssl   conda  3.2.0   3.2.0   h1234567_0 → h7654321_1
~  libblas   conda  3.9     3.9     rebuilt, other bytes
~  attrs     conda  23.1    23.1    metadata, depends +python >=3.9, −python

channel bioconda added after conda-forge
variable CUDA_HOME added

2 added, 1 removed, 1 upgraded (1 major), 1 downgraded, 2 rebuilt, 1
rechanneled, 2 moved, 1 metadata, 2 settings    * requested
"""
    )


def test_on_a_narrow_terminal_notes_go_below_and_columns_still_line_up() -> None:
    assert plain(text.drift_view(EVERY_KIND, BEFORE, AFTER), width=50).splitlines()[4:12] == [
        "   package   layer  before  after",
        "↑  numpy *   conda  1.26.4  2.1.0   MAJOR",
        "~  torch *   pip    2.1     2.2",
        "     moved from conda's pytorch to pip",
        "",
        "~  requests  pip    2.31.0  2.32.4",
        "     moved from conda to pip, installed over",
        "     conda's package",
    ]


def test_what_was_asked_for_and_what_is_major_comes_before_what_came_along() -> None:
    def change(name: str, **facts: Any) -> Change:
        return replace(UPGRADED, name=name, **{"requested": False, "magnitude": "minor", **facts})

    drift = Drift(
        changes=(
            change("a-transitive"),
            change("b-patched", magnitude="patch"),
            change("c-asked", requested=True, magnitude="patch"),
            change("d-major", magnitude="major"),
            change("python", requested=True),
            change("z-asked", requested=True),
        )
    )

    rows = plain(text.drift_view(drift, BEFORE, AFTER)).splitlines()[3:10]

    names = ["python", "d-major", "z-asked", "c-asked", "", "a-transitive", "b-patched"]
    assert [row[3:].partition(" ")[0] for row in rows] == names


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 4000])
def test_no_version_is_cut_at_any_width(width: int) -> None:
    long = Change(
        layer="pypi",
        name="a-distribution-with-quite-a-long-name",
        kind="upgraded",
        before=side("2024.1.15"),
        after=side("2.1.0.dev20240115+cu121"),
        requested=True,
        magnitude="major",
        detail="commit 0123456789 → abcdef0123",
    )
    page = plain(text.drift_view(Drift(changes=(*EVERY_KIND.changes, long)), BEFORE, AFTER), width=width)
    assert all(len(line) <= width for line in page.splitlines())
    running = "".join(page.split())
    for change in (*EVERY_KIND.changes, long):
        for one in filter(None, (change.before, change.after)):
            assert one.version in running


def test_an_empty_drift_says_so() -> None:
    assert (
        plain(text.drift_view(Drift(), BEFORE, AFTER))
        == """\
paper-v1 (3f2a9c1d0b5e) → live (77aa9c1d0b5e)

no differences
"""
    )


def test_the_stat_of_a_drift_counts_by_kind_layer_and_magnitude_below_the_switches() -> None:
    assert (
        plain(text.drift_stat(EVERY_KIND, BEFORE, AFTER))
        == """\
paper-v1 (3f2a9c1d0b5e) → live (77aa9c1d0b5e)

! BLAS openblas → mkl

                conda    pip  major  minor  build
+  added            1      1
-  removed          1
↑  upgraded         1             1
↓  downgraded       1                    1
~  rebuilt          2                           1
~  rechanneled      1
~  moved                   2             1
~  metadata         1

2 added, 1 removed, 1 upgraded (1 major), 1 downgraded, 2 rebuilt, 1
rechanneled, 2 moved, 1 metadata, 2 settings
"""
    )


def test_what_is_a_switch_and_a_setting_is_told_once_with_whole_versions() -> None:
    folded = Drift(
        differences=(
            Difference(subject="python", sentence="Python 3.11.7 → 3.12.1"),
            Difference(subject="platform", sentence="platform linux-64 → osx-arm64"),
            Difference(subject="virtual packages", sentence="__glibc 2.31 → 2.36"),
            Difference(subject="pins", sentence="pin numpy 1.26.* added"),
        ),
        switches=(
            Difference(subject="Python", sentence="Python 3.11 → 3.12"),
            Difference(subject="platform", sentence="platform linux-64 → osx-arm64"),
            Difference(subject="glibc", sentence="glibc 2.31 → 2.36"),
        ),
    )
    assert plain(text.drift_view(folded, BEFORE, AFTER)).splitlines()[2:] == [
        "! Python 3.11.7 → 3.12.1",
        "! platform linux-64 → osx-arm64",
        "! glibc 2.31 → 2.36",
        "",
        "pin numpy 1.26.* added",
        "",
        "4 settings",
    ]


def test_the_stat_of_settings_alone_has_no_table() -> None:
    settings = Drift(differences=EVERY_KIND.differences[:1])
    assert plain(text.drift_stat(settings, BEFORE, AFTER)).splitlines()[2:] == ["1 setting"]


def test_status_says_what_differs_and_what_to_do() -> None:
    status = Status(
        environment="default",
        prefix="/envs/nlp",
        live=AFTER.snapshot,
        recorded=revision(ENVIRONMENT, seen=observation()),
        drift=Drift(changes=EVERY_KIND.changes[4:5], switches=EVERY_KIND.switches),
        notes=("HEAD has no snapshot; this is the newest one recorded",),
    )
    assert (
        plain(text.status_view(status))
        == """\
environment  default
prefix       /envs/nlp
recorded     HEAD (3f2a9c1d0b5e), seen 2024-05-01 10:00
live         77aa9c1d0b5e
note         HEAD has no snapshot; this is the newest one recorded

! BLAS openblas → mkl

   package  layer  before  after
↑  numpy *  conda  1.26.4  2.1.0  MAJOR

1 upgraded (1 major)    * requested

To bring the recorded one back: envgit checkout 3f2a9c1d0b5e --in-place
To record the live one: envgit snapshot
"""
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), ""),
        (
            EVERY_KIND.changes[:1],
            "\n~  attrs    conda  23.1    23.1   metadata, depends +python >=3.9, −python\n",
        ),
    ],
)
def test_a_clean_status_says_so_and_shows_what_is_no_drift_of_identity(
    changes: tuple[Change, ...], expected: str
) -> None:
    status = Status(
        environment="default",
        prefix="/envs/nlp",
        live=BEFORE.snapshot,
        recorded=revision(ENVIRONMENT),
        drift=Drift(changes=changes),
    )
    page = plain(text.status_view(status))
    assert page.endswith("The live environment is the recorded one.\n")
    assert expected in page


def test_a_snapshot_shows_where_it_was_seen_and_every_package() -> None:
    shown = Shown(
        revision=revision(ENVIRONMENT, seen=observation()), tags=("auto/2024-05-01-00000001", "paper-v1")
    )
    assert (
        plain(text.snapshot_view(shown))
        == """\
snapshot     3f2a9c1d0b5e0000000000000000000000000000000000000000000000000000
baselines    paper-v1
seen         2024-05-01 10:00 with commit 0000001 (post-commit)
environment  default
change       numpy 1.26.4 → 2.1.0, +2 −1
holds        2 conda and 2 pip packages, Python 3.11.7
platform     linux-64 (conda)
channels     conda-forge, defaults (strict priority)
pins         numpy 1.26.*
variables    CUDA_HOME

package   layer  version  build    from
numpy *   conda  1.26.4   py311_0  conda-forge
requests  conda  2.31.0   py_0     defaults
requests  pip    2.32.4            pypi, over conda's requests
rich *    pip    13.7.0            pypi
"""
    )


def test_the_log_folds_runs_of_unchanged_sightings_and_hides_automatic_tags() -> None:
    entries = [
        LogEntry(observation=observation(3), tags=("auto/2024-05-03-00000003", "paper-v1"), repeated=2),
        LogEntry(
            observation=observation(2, summary="torch 2.1 → 2.2, torchvision 0.16 → 0.17, +1"), repeated=1
        ),
        LogEntry(observation=observation(1, summary="42 conda and 7 pip packages, Python 3.11.7")),
    ]
    assert (
        plain(text.observations_table(entries), width=80)
        == """\
snapshot  seen              code     what changed
00000003  2024-05-03 10:00  0000003  (paper-v1) numpy 1.26.4 → 2.1.0, +2 −1
                                     2 later sightings, unchanged
00000002  2024-05-02 10:00  0000002  torch 2.1 → 2.2, torchvision 0.16 → 0.17,
                                     +1
                                     1 later sighting, unchanged
00000001  2024-05-01 10:00  0000001  42 conda and 7 pip packages, Python 3.11.7
"""
    )


def test_the_log_says_what_could_not_be_observed_and_why() -> None:
    unseen = replace(observation(1), snapshot="")
    entries = [LogEntry(observation=unseen, unobserved="no environment is active", repeated=2)]
    assert plain(text.observations_table(entries), width=80).splitlines()[1:] == [
        "          2024-05-01 10:00  0000001  not observed: no environment is active",
        "                                     2 later sightings, not observed either",
    ]


def test_baselines_are_listed_with_what_they_name() -> None:
    baselines = [Baseline(name="paper-v1", message="The numbers of the paper", observation=observation())]
    assert (
        plain(text.baselines_table(baselines))
        == """\
baseline  snapshot  seen              about
paper-v1  00000001  2024-05-01 10:00  The numbers of the paper
"""
    )


@pytest.mark.parametrize("width", [20, 80, 4000])
def test_no_name_of_a_stranger_commands_the_terminal(width: int) -> None:
    for renderable in (
        text.drift_view(HOSTILE, BEFORE, AFTER),
        text.observations_table([LogEntry(observation=observation(summary=EVIL), tags=(EVIL,))]),
    ):
        page = plain(renderable, width=width)
        assert all(line.isprintable() for line in page.splitlines())
    assert "[bold red]" in page or width < 4000


def shown(renderable: RenderableType, *, encoding: str = "utf-8", terminal: bool = False) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, force_terminal=terminal, width=80, color_system="standard")
    show(renderable, console)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def test_a_pipe_gets_no_colour_and_no_folded_line() -> None:
    page = shown(text.drift_view(EVERY_KIND, BEFORE, AFTER))
    assert "\x1b" not in page
    assert "moved from conda to pip, installed over conda's package\n" in page
    assert not any(line.endswith(" ") for line in page.splitlines())


def test_a_terminal_gets_colour_that_is_neither_red_nor_green() -> None:
    page = shown(text.drift_view(EVERY_KIND, BEFORE, AFTER), terminal=True)
    assert "\x1b[36m" in page
    assert "\x1b[1mMAJOR" in page
    assert not any(f"\x1b[{colour}" in page for colour in ("31", "32", "1;31", "1;32"))


@pytest.mark.parametrize("terminal", [False, True])
def test_an_ascii_locale_gets_signs_it_can_show(terminal: bool) -> None:
    page = shown(text.drift_view(EVERY_KIND, BEFORE, AFTER), encoding="ascii", terminal=terminal)
    assert "paper-v1 (3f2a9c1d0b5e) -> live (77aa9c1d0b5e)" in page
    assert "^  numpy *" in page


def test_a_finished_page_can_be_written_in_any_locale() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    write("numpy 1 → 2, café, 雪\n", stream)
    stream.flush()
    assert stream.buffer.getvalue() == b"numpy 1 -> 2, caf\xe9, \\u96ea\n"


def test_many_settings_of_one_subject_are_counted() -> None:
    specs = [
        Difference(subject="specs", sentence=f"requested spec s{i} removed", before=f"s{i}") for i in range(6)
    ]
    pin = Difference(subject="pins", sentence="pin numpy 1.26.* added", after="numpy 1.26.*")
    drift = Drift(differences=(pin, *specs))

    lines = plain(text.drift_view(drift, BEFORE, AFTER)).splitlines()[2:]

    assert lines == ["pin numpy 1.26.* added", "requested specs: 6 removed", "", "7 settings"]


def test_the_environment_is_named_where_there_are_several() -> None:
    one, other = observation(), replace(observation(), environment="gpu")
    entries = [LogEntry(observation=one), LogEntry(observation=other, repeated=2)]

    header, first, second, later = plain(text.observations_table(entries), width=120).splitlines()

    assert header.split() == ["snapshot", "seen", "code", "environment", "what", "changed"]
    assert "default" in first
    assert "gpu" in second
    assert later.strip() == "2 later sightings, unchanged"
    assert "environment" not in plain(text.observations_table(entries[:1]))
