"""Reads a prefix and says what is installed in it. Starts no program and writes nothing into the prefix."""

__all__ = ["CaptureSettings", "Captured", "capture"]

TYPE_CHECKING = False  # `typing` is a slow import, and this package is on the path of every commit
if TYPE_CHECKING:
    from envgit.capture.environment import Captured, CaptureSettings, capture
else:

    def __getattr__(name: str) -> object:
        # Most commits need the fingerprint alone, and it lives below this package.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from envgit.capture import environment

        return getattr(environment, name)
