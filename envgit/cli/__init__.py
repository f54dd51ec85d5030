"""The command line: one file a verb, each of which parses, calls an operation and shows what it returned."""

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit."""
    try:
        import envgit.cli.verbs  # noqa: F401 - registers every verb
        from envgit.cli.app import main as run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run()
