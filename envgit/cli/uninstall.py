"""envgit uninstall."""

from __future__ import annotations

from envgit.cli.app import app, here, say


@app.command()
def uninstall() -> None:
    """Remove the hook layer, keep every snapshot."""
    from envgit.githooks.install import uninstall as remove

    places = " and ".join(str(place) for place in remove(here().repository))
    done = f"Removed envgit's hooks from {places}" if places else "There were no hooks of envgit's here"
    say(f"{done}; every snapshot is still on its branch envgit/…")
