"""How and from where this repository's environments are restored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.operations.workspace import Workspace
    from envgit.restore import RestoreSettings


def restore_settings(
    workspace: Workspace,
    *,
    offline: bool = False,
    engine: str | None = None,
    allow_substitutes: bool = False,
    command: str = "",
    patches: Mapping[str, bytes] | None = None,
    code: str | None = None,
) -> RestoreSettings:
    """What is configured for this repository, and what a command line says beside it.

    Args:
        workspace: the repository.
        offline: use caches and local files only.
        engine: what installs conda packages, where that is not to be what is configured.
        allow_substitutes: let something else stand in where what was recorded cannot be had.
        command: what the history of a conda environment says was run.
        patches: what editable installs held beyond their commits, by the name in the snapshot's tree.
        code: the commit that the snapshot belongs to.
    """
    from envgit.capture.condarc import condarc_files
    from envgit.restore import RestoreSettings

    home = str(workspace.home)
    return RestoreSettings(
        cache=workspace.cache,
        home=workspace.home,
        environ=workspace.environ,
        offline=offline,
        link_scripts=workspace.settings.link_scripts,
        mirrors=workspace.settings.mirrors,
        archives=workspace.settings.archives,
        condarc=tuple(map(Path, condarc_files(home, home=home, environ=workspace.environ))),
        engine=engine or workspace.settings.engine,
        compile_bytecode=workspace.settings.compile_bytecode,
        allow_substitutes=allow_substitutes,
        repository=Path(workspace.repository.work_tree) if workspace.repository.work_tree else None,
        command=command,
        patches=patches or {},
        code=code,
    )
