"""``python -m envgit``."""

from envgit.cli import main

main()
