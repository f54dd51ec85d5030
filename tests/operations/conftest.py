"""What the tests of operations share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operations.team import Team, make_team

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A remote which has the code, to be cloned."""
    return make_team(tmp_path)
