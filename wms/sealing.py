"""Encryption at rest of what the product must be able to read again: carriers' credentials, secrets of second factors.

Of the keys the first encrypts and all decrypt (Fernet: AES-128-CBC with HMAC-SHA256), so a new key is put in front, what is
stored is sealed again (`manage.py rotate_credential_keys`), and then the old one is taken out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from wms.embedded import EMBEDDED


class SealBroken(Exception):
    """Sealed with a key that is no longer listed, or damaged."""


class Sealer:
    """Seals with the first key, unseals with any."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def __repr__(self) -> str:
        return "Sealer()"

    def seal(self, fields: Mapping[str, str]) -> str:
        """Return the fields as text that only a key opens."""
        return self.seal_text(json.dumps(dict(sorted(fields.items())))).decode()

    def unseal(self, sealed: str) -> dict[str, str]:
        """Return the fields. Raises SealBroken."""
        opened: dict[str, str] = json.loads(self.unseal_text(sealed.encode()))
        return opened

    def seal_text(self, text: str) -> bytes:
        """Return a text sealed."""
        return self._fernet.encrypt(text.encode())

    def unseal_text(self, sealed: bytes) -> str:
        """Return a sealed text. Raises SealBroken."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SealBroken from None

    def renewed(self, sealed: str) -> str:
        """Return the same sealed with the newest key. Raises SealBroken."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise SealBroken from None


def installed_sealer() -> Sealer:
    """Return the sealer with the keys of this installation, or else with the checkout's own, made when first needed."""
    return Sealer(settings.CREDENTIAL_KEYS or [EMBEDDED.credential_key()])
