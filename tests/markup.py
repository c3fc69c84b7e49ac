"""What tests read of a page."""

import re
from typing import Any

_FORM_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


def markup_of(answer: Any) -> str:
    """Read a page's HTML without its forms' tokens: any short word may stand in their random letters."""
    text: str = answer.content.decode()
    return _FORM_TOKEN.sub(r"\1", text)
