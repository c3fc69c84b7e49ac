"""The one base of expected failures."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise


class DomainError(Exception):
    """An expected failure with a stable code, values, and one sentence in the reader's language.

    A subclass states `code` and `sentence` (a lazy translation with %(field)s places). The console, the API and the import
    reports all show the same sentence.
    """

    code: ClassVar[str] = "error"
    sentence: ClassVar[str | Promise] = ""

    def __init__(self, **fields: Any) -> None:
        super().__init__(self.code, fields)
        self.fields = fields

    def __str__(self) -> str:
        return str(self.sentence) % self.fields
