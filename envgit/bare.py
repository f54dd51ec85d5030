"""What a bare interpreter brings, without the modules around it that a commit should not have to load.

`signal` wraps its numbers in enums, `hashlib` loads OpenSSL: either takes longer than a start of Git.
"""

from __future__ import annotations

try:
    import _signal as signal  # type: ignore[import-not-found]
    from _blake2 import blake2b
except ImportError:  # another Python than CPython
    import signal
    from hashlib import blake2b

__all__ = ["blake2b", "signal"]
