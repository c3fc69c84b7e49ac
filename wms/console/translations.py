"""The catalogue of simplified Chinese: what the code and the templates ask for, and how it is compiled.

Babel reads and writes the catalogue, so that no system gettext is needed. Django's own `templatize` turns templates into
code first. The catalogue covers our texts, and those of Unfold that Django's catalogues lack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import django
import unfold
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
OUR_FOLDERS = tuple(ROOT / name for name in ("allocation", "billing", "carriers", "inventory", "orders", "wms", "templates"))
UNFOLD_FOLDER = Path(unfold.__file__).parent
DJANGO_CATALOGUES = tuple(
    Path(django.__file__).parent / part / "locale/zh_Hans/LC_MESSAGES/django.po"
    for part in ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/postgres", "contrib/sessions")
)

_SINGULAR, _PLURAL = None, (1, 2)
_KEYWORDS = {
    "_": _SINGULAR,
    "gettext": _SINGULAR,
    "gettext_lazy": _SINGULAR,
    "gettext_noop": _SINGULAR,
    "ngettext": _PLURAL,
    "ngettext_lazy": _PLURAL,
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_PLACE = re.compile(r"%\(\w+\)[a-z]")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Asked:
    """A text that some file asks to be translated; `plural` and `context` are empty where it has none."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> str | tuple[str, str]:
        """Return the id under which a catalogue holds it."""
        return (self.text, self.plural) if self.plural else self.text


REWORDED = frozenset({Asked(text=" By %(filter_title)s ")})
"""Texts whose Chinese in Django's catalogue we replace."""


def asked_in(folders: Iterable[Path]) -> set[Asked]:
    """Return every text that the code and the templates in these folders ask for."""
    paths = (path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".html") and "contrib" not in path.parts)
    return {text for path in paths for text in _asked_in_file(path)}


def wanted_texts() -> set[Asked]:
    """Return the texts that our catalogue must translate."""
    ours = asked_in(OUR_FOLDERS) | REWORDED
    catalogues = [read_catalogue(path) for path in DJANGO_CATALOGUES]
    return ours | {text for text in asked_in([UNFOLD_FOLDER]) if not any(is_translated(one, text) for one in catalogues)}


def read_catalogue(path: Path = CATALOGUE) -> Catalog:
    """Return a catalogue file."""
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans", domain="django")


def is_translated(catalogue: Catalog, asked: Asked) -> bool:
    """Return whether the catalogue has a translation with exactly the places to fill in that the text has."""
    message = catalogue.get(asked.key, context=asked.context or None)
    if message is None or message.fuzzy:
        return False
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    places = set(_PLACE.findall(asked.plural or asked.text))
    return all(text and set(_PLACE.findall(text)) == places for text in texts)


def compile_catalogue(path: Path = CATALOGUE) -> Path:
    """Write the binary catalogue that Django reads beside its source, unless one that is newer lies there; return its path."""
    binary = path.with_suffix(".mo")
    if not binary.exists() or binary.stat().st_mtime < path.stat().st_mtime:
        content = BytesIO()
        write_mo(content, read_catalogue(path))
        binary.write_bytes(content.getvalue())
    return binary


def update_catalogue(path: Path = CATALOGUE) -> list[Asked]:
    """List exactly the wanted texts, keeping the translations there are; return those that still lack one."""
    old, new = read_catalogue(path), Catalog(locale="zh_Hans", domain="django", project="Fencang", version="1", fuzzy=False)
    new.header_comment = "# Simplified Chinese. Written by `manage.py update_translations`; the translations are by hand."
    wanted = sorted(wanted_texts(), key=lambda asked: (asked.text.lower(), asked))
    for text in wanted:
        found = old.get(text.key, context=text.context or None)
        new.add(text.key, found.string if found else "", context=text.context or None)
    new.creation_date = new.revision_date = old.creation_date
    with path.open("wb") as file:
        write_po(file, new, width=120)
    return [text for text in wanted if not is_translated(new, text)]


def _asked_in_file(path: Path) -> Iterator[Asked]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        # Indentation means nothing in what is left of a template, but would to a reader of Python.
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    for _line, key, _comments, context in extract("python", BytesIO(source.encode()), keywords=_KEYWORDS):
        text, plural = key if isinstance(key, tuple) else (key, "")
        if text:
            yield Asked(text=text, plural=plural, context=context or "")
