"""envgit doctor."""

from __future__ import annotations

import os

from envgit.cli.app import DONE, app, emit, page
from envgit.cli.options import Json

#: Something is broken, or warned of.
_AILING = 1


@app.command()
def doctor(as_json: Json = False) -> int:
    """Look over hooks, binding, store and settings, and name the next command for each finding."""
    from envgit.doctor import examine, is_healthy
    from envgit.operations.workspace import open_workspace
    from envgit.render import diagnosis, json

    findings = tuple(examine(open_workspace(os.getcwd(), environ=os.environ, tolerant=True)))
    healthy = is_healthy(findings)
    if as_json:
        ailing = [finding for finding in findings if finding.severity != "well"]
        emit(json.doctor_json(ailing, healthy=healthy))
    else:
        page(diagnosis.diagnosis_view(findings))
    return DONE if healthy else _AILING
