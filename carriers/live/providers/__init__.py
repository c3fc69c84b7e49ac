"""The providers, one module each, all of one shape (carriers.live.protocol.Provider)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from carriers.live.protocol import Provider
from carriers.live.providers.dhl import Dhl
from carriers.live.providers.easypost import EasyPost
from carriers.live.providers.fedex import FedEx
from carriers.live.providers.fourpx import FourPx
from carriers.live.providers.karrio import Karrio
from carriers.live.providers.shippo import Shippo
from carriers.live.providers.shipstation import ShipStation
from carriers.live.providers.ups import Ups
from carriers.live.providers.usps import Usps

ALL: Final[tuple[Provider, ...]] = (EasyPost(), ShipStation(), Shippo(), Karrio(), Ups(), FedEx(), Usps(), Dhl(), FourPx())
PROVIDERS: Final[Mapping[str, Provider]] = {provider.code: provider for provider in ALL}
