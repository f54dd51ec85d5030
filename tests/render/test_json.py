from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given

from envgit.errors import InvalidName
from envgit.model import (
    CondaPackage,
    Drift,
    Environment,
    FileCheck,
    Graded,
    Plan,
    Step,
    Warned,
)
from envgit.operations.checkout import Prepared, Restored
from envgit.operations.log import LogEntry, Shown
from envgit.operations.sighting import Recorded
from envgit.operations.status import Status
from envgit.operations.verify import RestoredFrom, Verified
from envgit.render import json as render
from tests.drift.environments import DRIFTS
from tests.render.nouns import AFTER, BEFORE, EVERY_KIND, HOST, SETTINGS, UPGRADED, observation, revision

ENVIRONMENT = Environment(
    kind="conda", platform="linux-64", conda=(CondaPackage(name="zlib", version="1.3", build="h0_0"),)
)
NUMPY = {
    "layer": "conda",
    "name": "numpy",
    "kind": "upgraded",
    "before": {"version": "1.26.4", "build": "py311_0", "channel": "conda-forge"},
    "after": {"version": "2.1.0", "build": "py311_1", "channel": "conda-forge"},
    "requested": True,
    "detail": "",
    "magnitude": "major",
    "through": [],
}
SEEN = {
    "snapshot": "00000001" + "0" * 56,
    "environment": "default",
    "commit": "c" * 40,
    "code_commit": "0000001" + "a" * 33,
    "time": "2024-05-01T10:00:59+02:00",
    "trigger": "post-commit",
    "summary": "numpy 1.26.4 → 2.1.0, +2 −1",
}


def printed(value: dict[str, Any]) -> Any:
    """What a script gets: the one object on stdout, parsed."""
    text = render.document(value)
    assert text.isascii()
    return json.loads(text)


def test_a_drift_has_the_shape_of_the_contract() -> None:
    drift = Drift(changes=(UPGRADED,), differences=EVERY_KIND.differences[:1])
    assert printed(render.drift_json(drift, BEFORE, AFTER)) == {
        "from": {"snapshot": BEFORE.snapshot, "label": "paper-v1"},
        "to": {"snapshot": AFTER.snapshot, "label": "live"},
        "changes": [NUMPY],
        "switches": [],
        "environment": [
            {
                "subject": "channels",
                "sentence": "channel bioconda added after conda-forge",
                "before": None,
                "after": "bioconda",
            }
        ],
        "summary": {"upgraded": 1},
    }


def test_what_may_change_numbers_and_what_a_change_came_with_are_told_to_scripts() -> None:
    found = printed(render.drift_json(EVERY_KIND, BEFORE, AFTER))
    assert found["switches"] == [
        {"subject": "BLAS", "sentence": "BLAS openblas → mkl", "before": "openblas", "after": "mkl"}
    ]
    by_name = {change["name"]: change for change in found["changes"]}
    assert by_name["scipy"]["through"] == ["numpy", "pandas", "scikit-learn"]
    assert [name for name, change in by_name.items() if change["magnitude"] == "build"] == ["openssl"]


def test_the_changes_keep_the_order_of_the_engine() -> None:
    found = render.drift_json(EVERY_KIND, BEFORE, AFTER)["changes"]
    assert [change["name"] for change in found] == [change.name for change in EVERY_KIND.changes]


def test_the_summary_counts_every_kind() -> None:
    assert render.drift_json(EVERY_KIND, BEFORE, AFTER)["summary"] == {
        "added": 2,
        "removed": 1,
        "upgraded": 1,
        "downgraded": 1,
        "rebuilt": 2,
        "rechanneled": 1,
        "moved": 2,
        "metadata": 1,
    }


def test_a_side_is_null_where_there_is_none_and_names_what_was_called_otherwise() -> None:
    by_name = {change["name"]: change for change in render.changes_json(EVERY_KIND.changes)}
    assert by_name["libiconv"]["before"] is None
    assert by_name["m4"]["after"] is None
    assert by_name["torch"]["before"] == {
        "version": "2.1",
        "build": "cuda_0",
        "channel": "pytorch",
        "name": "pytorch",
    }


def test_a_recorded_snapshot() -> None:
    recorded = Recorded(
        snapshot=BEFORE.snapshot,
        commit="c" * 40,
        tree="d" * 40,
        environment="default",
        tag="paper-v1",
        changed=True,
        conda=42,
        pypi=7,
        summary="+rich 13.7.0",
        warnings=(Warned(kind="corrupt-record", message="conda-meta/a.json"),),
    )
    assert printed(render.snapshot_json(recorded)) == {
        "snapshot": BEFORE.snapshot,
        "commit": "c" * 40,
        "tag": "paper-v1",
        "changed": True,
        "packages": {"conda": 42, "pypi": 7},
        "summary": "+rich 13.7.0",
        "warnings": [{"kind": "corrupt-record", "message": "conda-meta/a.json"}],
    }


def test_a_status() -> None:
    status = Status(
        environment="default",
        prefix="/envs/nlp",
        live=AFTER.snapshot,
        recorded=revision(ENVIRONMENT, seen=observation()),
        drift=Drift(changes=(UPGRADED,)),
        notes=("a note",),
    )
    drift = {
        "from": {"snapshot": BEFORE.snapshot, "label": "HEAD"},
        "to": {"snapshot": AFTER.snapshot, "label": "live"},
        "changes": [NUMPY],
        "switches": [],
        "environment": [],
        "summary": {"upgraded": 1},
    }
    assert printed(render.status_json(status)) == {
        "snapshot": BEFORE.snapshot,
        "commit": "c" * 40,
        "live": AFTER.snapshot,
        "clean": False,
        "drift": drift,
        "environment": "default",
        "prefix": "/envs/nlp",
        "notes": ["a note"],
        "warnings": [],
    }


def test_a_log() -> None:
    entries = [LogEntry(observation=observation(), tags=("paper-v1",), repeated=3)]
    assert printed(render.log_json(entries)) == {
        "snapshots": [{**SEEN, "unobserved": None, "tags": ["paper-v1"], "repeated": 3}]
    }


def test_a_log_line_of_what_could_not_be_observed_has_no_snapshot() -> None:
    entry = LogEntry(observation=replace(observation(), snapshot=""), unobserved="no environment is active")
    (line,) = printed(render.log_json([entry]))["snapshots"]
    assert (line["snapshot"], line["unobserved"]) == (None, "no environment is active")


def test_a_snapshot_is_its_manifest_and_its_sighting() -> None:
    shown = Shown(revision=revision(ENVIRONMENT, seen=observation()), tags=("paper-v1",))
    value = printed(render.show_json(shown))
    assert (value["tags"], value["observation"]) == (["paper-v1"], SEEN)
    assert value["manifest"]["identity"]["conda"][0]["name"] == "zlib"


def test_a_prepared_checkout() -> None:
    step = Step(
        layer="conda",
        name="zlib",
        version="1.3",
        action="link",
        origin="https://x/zlib",
        size=10,
        kind="recorded",
        remote=True,
        replaces="1.2",
    )
    plan = Plan(steps=(step,), cautions=("no hash",))
    prepared = Prepared(
        revision=revision(ENVIRONMENT), prefix=Path("/envs/new"), plan=plan, settings=SETTINGS, host=HOST
    )
    assert printed(render.prepared_json(prepared)) == {
        "snapshot": BEFORE.snapshot,
        "prefix": "/envs/new",
        "steps": [
            {
                "layer": "conda",
                "name": "zlib",
                "version": "1.3",
                "action": "link",
                "source": "https://x/zlib",
                "kind": "recorded",
                "size": 10,
                "download": True,
                "replaces": "1.2",
            }
        ],
        "downloads": {"count": 1, "bytes": 10, "unsized": 0},
        "blockers": [],
        "cautions": ["no hash"],
    }


def test_a_restored_environment() -> None:
    restored = Restored(
        snapshot=BEFORE.snapshot,
        prefix=Path("/envs/new"),
        grade="rebuilt",
        packages=(Graded(layer="pypi", name="a", grade="rebuilt", source="pypi", reason="other bytes"),),
        cautions=(),
        seconds=1.23456,
    )
    assert printed(render.checkout_json(restored)) == {
        "snapshot": BEFORE.snapshot,
        "prefix": "/envs/new",
        "grade": "rebuilt",
        "packages": [
            {"layer": "pypi", "name": "a", "grade": "rebuilt", "source": "pypi", "reason": "other bytes"}
        ],
        "cautions": [],
        "reused": False,
        "seconds": 1.235,
    }


STRAYED = Graded(layer="pypi", name="mine", grade="rebuilt", source="", reason="/src/mine has moved on")


def test_a_verified_prefix() -> None:
    verified = Verified(
        revision=revision(ENVIRONMENT),
        prefix=Path("/envs/nlp"),
        same_id=True,
        drift=Drift(),
        strayed=(STRAYED,),
        files=FileCheck(checked=3, altered=("bin/a",)),
        origin=RestoredFrom(snapshot="ab" * 32, grade="exact", time="2024-05-01T12:00:00+00:00"),
    )
    assert printed(render.verify_json(verified)) == {
        "snapshot": BEFORE.snapshot,
        "prefix": "/envs/nlp",
        "identical": False,
        "agrees": False,
        "differences": [],
        "switches": [],
        "environment": [],
        "code": [{"name": "mine", "reason": "/src/mine has moved on"}],
        "files": {"checked": 3, "altered": ["bin/a"], "missing": [], "unverifiable": [], "unknown": []},
        "restored": {"snapshot": "ab" * 32, "grade": "exact", "time": "2024-05-01T12:00:00+00:00"},
        "signature": None,
        "warnings": [],
    }


def test_an_error() -> None:
    error = InvalidName("a..b is no name", hint="choose another")
    assert printed(render.error_json(error)) == {
        "error": {"kind": "invalid-name", "message": "a..b is no name", "hint": "choose another"}
    }


@given(DRIFTS)
def test_any_drift_is_one_json_object(drift: Drift) -> None:
    assert printed(render.drift_json(drift, BEFORE, AFTER))["summary"].keys() == {
        change.kind for change in drift.changes
    }
