"""What ``--json`` prints: plain values in the shapes that scripts rely on.

One function for each noun; the shapes are the command line's contract, so names here never change.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from envgit.plan import downloads_of, unsized
from envgit.render.phrases import Endpoint, counts_by_kind, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envgit.doctor import Finding
    from envgit.errors import EnvgitError
    from envgit.model import Change, Difference, Drift, FileCheck, Graded, Observation, Side, Warned
    from envgit.operations.checkout import Prepared, Restored
    from envgit.operations.log import LogEntry, Shown
    from envgit.operations.share import Carried, Shared
    from envgit.operations.sighting import Recorded
    from envgit.operations.status import Status
    from envgit.operations.verify import Verified


def document(value: dict[str, Any]) -> str:
    """The one object on stdout: ASCII, so that no encoding and no terminal can make it anything else."""
    return json.dumps(value, indent=2)


def drift_json(drift: Drift, from_: Endpoint, to: Endpoint) -> dict[str, Any]:
    """``diff --format json``: changes in the engine's order, by layer and name."""
    return {
        "from": {"snapshot": from_.snapshot, "label": from_.label},
        "to": {"snapshot": to.snapshot, "label": to.label},
        "changes": changes_json(drift.changes),
        "switches": [_difference(switch) for switch in drift.switches],
        "environment": [_difference(difference) for difference in drift.differences],
        "summary": counts_by_kind(drift),
    }


def changes_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The packages of a drift."""
    return [
        {
            "layer": change.layer,
            "name": change.name,
            "kind": change.kind,
            "before": _side(change.before),
            "after": _side(change.after),
            "requested": change.requested,
            "detail": change.detail,
            "magnitude": change.magnitude,
            "through": list(change.through),
        }
        for change in changes
    ]


def snapshot_json(recorded: Recorded) -> dict[str, Any]:
    """``snapshot --json``."""
    return {
        "snapshot": recorded.snapshot,
        "commit": recorded.commit,
        "tag": recorded.tag,
        "changed": recorded.changed,
        "packages": {"conda": recorded.conda, "pypi": recorded.pypi},
        "summary": recorded.summary,
        "warnings": _warnings(recorded.warnings),
    }


def status_json(status: Status) -> dict[str, Any]:
    """``status --json``: ``snapshot`` and ``commit`` are HEAD's, ``live`` is the id of the prefix now."""
    recorded = status.recorded
    return {
        "snapshot": recorded.snapshot.id,
        "commit": recorded.observation.commit if recorded.observation else None,
        "live": status.live,
        "clean": status.clean,
        "drift": drift_json(
            status.drift, endpoint_of(recorded), Endpoint(label="live", snapshot=status.live)
        ),
        "environment": status.environment,
        "prefix": status.prefix,
        "notes": list(status.notes),
        "warnings": _warnings(status.warnings),
    }


def log_json(entries: Sequence[LogEntry]) -> dict[str, Any]:
    """``log --json``: newest first; ``repeated`` counts the unchanged sightings that followed one.

    ``unobserved`` is why there is no snapshot, null where there is one.
    """
    return {"snapshots": [_log_entry(entry) for entry in entries]}


def _log_entry(entry: LogEntry) -> dict[str, Any]:
    return {
        **_observation(entry.observation),
        "snapshot": entry.observation.snapshot or None,
        "unobserved": entry.unobserved or None,
        "tags": list(entry.tags),
        "repeated": entry.repeated,
    }


def show_json(shown: Shown) -> dict[str, Any]:
    """``show --json``: the manifest as it is stored, and where it was seen."""
    from envgit.formats.manifest import encode_manifest

    revision = shown.revision
    return {
        "snapshot": revision.snapshot.id,
        "label": revision.label,
        "tags": list(shown.tags),
        "observation": _observation(revision.observation) if revision.observation else None,
        "manifest": json.loads(encode_manifest(revision.snapshot)),
        "warnings": _warnings(revision.warnings),
    }


def prepared_json(prepared: Prepared) -> dict[str, Any]:
    """``checkout --dry-run --json``.

    ``kind`` says whose place a package's ``source`` is, ``replaces`` which version makes room for it.
    ``bytes`` are those of downloads whose size is known; of ``unsized`` many it is not.
    """
    plan = prepared.plan
    return {
        "snapshot": prepared.revision.snapshot.id,
        "prefix": str(prepared.prefix),
        "steps": [
            {
                "layer": step.layer,
                "name": step.name,
                "version": step.version,
                "action": step.action,
                "source": step.origin,
                "kind": step.kind,
                "size": step.size,
                "download": step.remote,
                "replaces": step.replaces or None,
            }
            for step in plan.steps
        ],
        "downloads": {
            "count": sum(step.remote for step in plan.steps),
            "bytes": downloads_of(plan.steps),
            "unsized": unsized(plan.steps),
        },
        "blockers": list(plan.blockers),
        "cautions": list(plan.cautions),
    }


def checkout_json(restored: Restored) -> dict[str, Any]:
    """``checkout --json``."""
    return {
        "snapshot": restored.snapshot,
        "prefix": str(restored.prefix),
        "grade": restored.grade,
        "packages": [_graded(package) for package in restored.packages],
        "cautions": list(restored.cautions),
        "reused": restored.reused,
        "seconds": round(restored.seconds, 3),
    }


def verify_json(verified: Verified) -> dict[str, Any]:
    """``verify --json``: ``files`` is null unless files were checked.

    ``signature`` is null where there is none, ``restored`` where nothing was restored to the prefix.
    """
    return {
        "snapshot": verified.revision.snapshot.id,
        "prefix": str(verified.prefix),
        "identical": verified.identical,
        "agrees": verified.agrees,
        "differences": changes_json(verified.drift.changes),
        "switches": [_difference(switch) for switch in verified.drift.switches],
        "environment": [_difference(difference) for difference in verified.drift.differences],
        "code": [{"name": one.name, "reason": one.reason} for one in verified.strayed],
        "files": _files(verified.files) if verified.files else None,
        "restored": asdict(verified.origin) if verified.origin else None,
        "signature": asdict(verified.signature) if verified.signature else None,
        "warnings": _warnings(verified.warnings),
    }


def doctor_json(findings: Sequence[Finding], *, healthy: bool) -> dict[str, Any]:
    """``doctor --json``: what is not in order; notes alone leave it healthy."""
    return {
        "healthy": healthy,
        "findings": [
            {
                "area": finding.area,
                "severity": finding.severity,
                "message": finding.message,
                "command": finding.command,
            }
            for finding in findings
        ],
    }


def shared_json(shared: Shared) -> dict[str, Any]:
    """``push --json`` and ``pull --json``: what became of each ref, on either way."""
    return {
        "remote": shared.remote,
        "fetched": [_carried(carried) for carried in shared.fetched],
        "pushed": [_carried(carried) for carried in shared.pushed],
        "complete": not shared.refused,
    }


def error_json(error: EnvgitError) -> dict[str, Any]:
    """Any command's error."""
    return {"error": {"kind": error.kind, "message": error.message, "hint": error.hint}}


def _side(side: Side | None) -> dict[str, str | None] | None:
    if side is None:
        return None
    facts = {"version": side.version, "build": side.build, "channel": side.channel}
    return {**facts, "name": side.name} if side.name else facts


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "subject": difference.subject,
        "sentence": difference.sentence,
        "before": difference.before,
        "after": difference.after,
    }


def _observation(observation: Observation) -> dict[str, Any]:
    return {
        "snapshot": observation.snapshot,
        "environment": observation.environment,
        "commit": observation.commit,
        "code_commit": observation.code_commit,
        "time": observation.time,
        "trigger": observation.trigger,
        "summary": observation.summary,
    }


def _carried(carried: Carried) -> dict[str, str]:
    return {"ref": carried.ref, "outcome": carried.outcome, "note": carried.note}


def _graded(package: Graded) -> dict[str, str]:
    """``details`` only where there is more to say than the reason."""
    facts = {
        "layer": package.layer,
        "name": package.name,
        "grade": package.grade,
        "source": package.source,
        "reason": package.reason,
    }
    return {**facts, "details": package.details} if package.details else facts


def _files(files: FileCheck) -> dict[str, Any]:
    return {
        "checked": files.checked,
        "altered": list(files.altered),
        "missing": list(files.missing),
        "unverifiable": list(files.unverifiable),
        "unknown": list(files.unknown),
    }


def _warnings(warnings: Sequence[Warned]) -> list[dict[str, str]]:
    return [{"kind": warning.kind, "message": warning.message} for warning in warnings]
