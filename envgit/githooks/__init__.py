"""The hook layer: what Git runs around a commit."""
