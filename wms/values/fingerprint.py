"""One text and one fingerprint for a document, whatever the order of its fields."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_text(document: Mapping[str, Any]) -> str:
    """Return the document as JSON with its fields in order."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def fingerprint_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the document's canonical text, in hexadecimal."""
    return hashlib.sha256(canonical_text(document).encode()).hexdigest()
