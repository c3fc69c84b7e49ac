"""Search by the beginning of a text, written as a range.

LIKE is not leakproof, so under row security it loses its index. The range holds where text sorts by code point (collation
C or C.UTF-8), which the databases of this product are created with.
"""

from __future__ import annotations

_LAST = "\U0010ffff"
_BEFORE_SURROGATES, _AFTER_SURROGATES = "\ud7ff", "\ue000"


def prefix_range(prefix: str) -> tuple[str, str | None]:
    """Return (low, high): a text starts with `prefix` exactly if low <= text < high; without a high there is no upper end."""
    stem = prefix.rstrip(_LAST)
    if not stem:
        return prefix, None
    last = stem[-1]
    following = _AFTER_SURROGATES if last == _BEFORE_SURROGATES else chr(ord(last) + 1)
    return prefix, stem[:-1] + following
