"""Why the demo cannot go on."""

from __future__ import annotations


class DemoFailed(Exception):
    """One sentence, in both languages, for the person who started the demo."""
