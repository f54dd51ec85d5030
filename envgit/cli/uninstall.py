"""envgit uninstall."""

from __future__ import annotations

from envgit.cli.app import app, here, say


@app.command()
def uninstall() -> None:
    """Remove the hook layer, keep every snapshot."""
    from envgit.githooks.install import uninstall as remove

    folder = remove(here().repository)
    say(f"Removed envgit's hooks from {folder}; every snapshot is still on its branch envgit/…")
