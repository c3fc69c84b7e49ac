"""How a page is looked at: language, colours, width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import ViewportSize

Language = Literal["zh-hans", "en"]
Colours = Literal["light", "dark"]

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

LOCALES: dict[Language, str] = {"zh-hans": "zh-CN", "en": "en-US"}
"""What the browser says that its person reads, by the language that the page then is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    language: Language = "en"
    colours: Colours = "light"
    phone: bool = False

    @property
    def viewport(self) -> ViewportSize:
        return PHONE if self.phone else DESK

    def __str__(self) -> str:
        return f"{self.language}, {self.colours}, {'phone' if self.phone else 'desk'}"
