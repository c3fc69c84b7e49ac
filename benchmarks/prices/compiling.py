"""How long a large tenant's prices take to compile, and what they hold in memory: each sample in a process of its own.

100 channels of 10 carriers, each card with 50 zones by 300 weights and five surcharges, from 20 warehouses. The clock starts at the
documents, as PostgreSQL hands them over, and stops when the tables are filled that the first 1,000 orders look into (each order is
priced by every channel from one warehouse).
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Final

import psutil

from allocation.core.settings import ChannelTerms, Settings, StrategyTerms, WarehouseTerms
from allocation.core.world import World, compile_world
from benchmarks.prices.contract import AREA_LIST, ORIGINS, SHIP_DATE, area_list, rate_card, shipments, zone_chart
from benchmarks.services import CHECKOUT
from carriers.core.batch import DestinationBatch, ParcelBatch
from carriers.core.card import card_from_document
from carriers.core.zones import chart_from_document

CHANNELS: Final = 100
CARRIERS: Final = 10
ZONES: Final = 50
STEPS: Final = 300
FIRST_ORDERS: Final = 1_000
BYTES_PER_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One sample: seconds by the clock, megabytes held afterwards, and seconds of the processor for each part."""

    seconds: float
    held_mb: float
    reading_cpu_seconds: float
    compiling_cpu_seconds: float
    filling_cpu_seconds: float


def sample() -> Compiled:
    """Return one sample, taken in a new process."""
    done = subprocess.run([sys.executable, "-m", __name__], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return Compiled(**json.loads(done.stdout))


def _measure() -> Compiled:
    texts = [json.dumps(rate_card(number=number, zones=ZONES, steps=STEPS)) for number in range(CHANNELS)]
    chart_texts = [json.dumps(zone_chart(number=number, zones=ZONES)) for number in range(CARRIERS)]
    areas, (parcels, destinations) = {1: area_list()}, shipments(FIRST_ORDERS).as_batches()
    gc.collect()
    process = psutil.Process()
    before, begun, worked = process.memory_info().rss, time.perf_counter(), [time.process_time()]
    cards = {number: card_from_document(json.loads(text)) for number, text in enumerate(texts, start=1)}
    charts = {number: chart_from_document(json.loads(text)) for number, text in enumerate(chart_texts, start=1)}
    worked.append(time.process_time())
    world = compile_world(settings=_settings(), cards=cards, charts=charts, areas=areas)
    worked.append(time.process_time())
    _fill_tables(world, parcels, destinations)
    worked.append(time.process_time())
    ended = time.perf_counter()
    gc.collect()
    reading, compiling, filling = (after - earlier for earlier, after in pairwise(worked))
    return Compiled(
        seconds=ended - begun,
        held_mb=(process.memory_info().rss - before) / BYTES_PER_MB,
        reading_cpu_seconds=reading,
        compiling_cpu_seconds=compiling,
        filling_cpu_seconds=filling,
    )


def _fill_tables(world: World, parcels: ParcelBatch, destinations: DestinationBatch) -> None:
    zones = [chart.zones(ORIGINS[:1], destinations) for chart in world.charts]
    for prices in world.channels:
        assert prices is not None
        assert not prices.card.price(parcels, destinations, *zones[prices.chart]).rejection.any()


def _settings() -> Settings:
    channel_ids = tuple(range(1, CHANNELS + 1))
    warehouse_ids = tuple(origin.key for origin in ORIGINS)
    return Settings(
        ship_date=SHIP_DATE,
        currency="USD",
        warehouses=tuple(
            WarehouseTerms(
                id=origin.key,
                code=origin.code,
                name=origin.code,
                country=origin.country,
                postcode=origin.postcode,
                lat=origin.lat,
                lon=origin.lon,
                priority=100,
                handling_currency="USD",
                per_order_minor=100,
                per_piece_minor=25,
                per_kg_minor=0,
            )
            for origin in ORIGINS
        ),
        channels=tuple(
            ChannelTerms(
                id=number,
                code=f"C{number:03}",
                name=f"C{number:03}",
                rate_card_id=number,
                zone_chart_id=1 + number % CARRIERS,
                fuel_percent="18.25",
                area_list_ids=((AREA_LIST, 1),),
            )
            for number in channel_ids
        ),
        lanes=tuple((warehouse, channel) for warehouse in warehouse_ids for channel in channel_ids),
        strategies=(StrategyTerms(id=1, name="all", warehouse_ids=warehouse_ids, channel_ids=channel_ids),),
        default_warehouses=(),
        fx_rates=(),
    )


if __name__ == "__main__":
    print(json.dumps(asdict(_measure())))
