"""The trailers of a snapshot commit: what links it to the code, and what look-ups go by."""

SNAPSHOT = "Snapshot"
ENVIRONMENT = "Environment"
TRIGGER = "Trigger"
CODE_COMMIT = "Code-Commit"
CODE_TREE = "Code-Tree"
#: ``old new``: Git rewrote a code commit (rebase); the new one ran nowhere, it inherits the old one's link.
REWRITTEN = "Rewritten"
