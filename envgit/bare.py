"""What a bare interpreter brings, without the modules around it that a commit should not have to load.

`signal` wraps its numbers in enums, `hashlib` loads OpenSSL: either takes longer than a start of Git.
"""

from __future__ import annotations

__all__ = ["blake2b", "sha256", "signal"]

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    import signal
    from hashlib import blake2b, sha256
else:
    try:
        import _signal as signal
        from _blake2 import blake2b

        try:
            from _sha2 import sha256
        except ImportError:  # before Python 3.12
            from _sha256 import sha256
    except ImportError:  # another Python than CPython, or one that was built otherwise
        import signal
        from hashlib import blake2b, sha256
