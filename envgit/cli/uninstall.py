"""envgit uninstall."""

from __future__ import annotations

from envgit.cli.app import app, here, say


@app.command()
def uninstall() -> None:
    """Remove the hook layer and the diff driver, keep every snapshot."""
    from envgit.githooks.install import uninstall as remove

    places = " and ".join(str(place) for place in remove(here().repository))
    done = f"Removed what envgit installed from {places}" if places else "There was nothing of envgit's here"
    say(f"{done}; every snapshot is still on its branch envgit/…")
