"""The product's own process: set up a company, import the orders, decide them, and add up what they cost."""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import django
import numpy as np

from benchmarks.cards import as_text, fingerprint
from benchmarks.race import Answer, serve
from benchmarks.uci.invoices import COLUMNS, SEED, STORE, Prepared, draw_skus, draw_stock, prepare_invoices
from benchmarks.uci.tariffs import published_tariffs, zone_charts

django.setup()

# Models can be imported only now.
from allocation.core.packing import unpack_record  # noqa: E402
from allocation.core.types import reason_of  # noqa: E402
from allocation.models import Lane, OrderException, Record, Strategy, StrategyChannel, StrategyWarehouse  # noqa: E402
from allocation.runner import drain_tenant  # noqa: E402
from carriers.models import Carrier, Channel, RateCard, ZoneChart  # noqa: E402
from inventory.core.types import Count, NewWarehouse  # noqa: E402
from inventory.models import Sku, Warehouse  # noqa: E402
from inventory.services import count_stock, save_skus, save_warehouses  # noqa: E402
from orders.imports import OrderImport, order_columns  # noqa: E402
from orders.models import Store  # noqa: E402
from wms.tabular.columns import ColumnMapping  # noqa: E402
from wms.tabular.imports import Manner, run_import  # noqa: E402
from wms.tabular.progress import Shown  # noqa: E402
from wms.tabular.source import open_source  # noqa: E402
from wms.tenancy.scope import tenant_scope  # noqa: E402
from wms.tenancy.services import create_seller, create_tenant  # noqa: E402

AT = datetime(2026, 9, 15, 12, tzinfo=UTC)
"""When all is imported and decided: the tariffs are in force, the holiday surcharges not yet."""

SET_UP, IMPORT, ALLOCATE, COMPARE = "set up", "import", "allocate", "compare"


class Company:
    """The one company of this run; each method is a stage."""

    def __init__(self, data: Path, directory: Path, most_rows: int | None) -> None:
        self._data = data
        self._file = directory / "orders.csv"
        self._most_rows = most_rows
        self._tenant_id = 0
        self._seller_id = 0
        self._prepared = Prepared()

    def set_up(self) -> Answer:
        """Draw what the invoices lack, and set the company up through the product's services."""
        source = self._data / "uci_online_retail" / "online_retail.csv.gz"
        self._prepared = prepare_invoices(source, self._file, most_rows=self._most_rows)
        self._tenant_id = create_tenant(code="uci", name="UCI Online Retail").pk
        self._seller_id = create_seller(tenant_id=self._tenant_id, code="retail", name="Online retailer").pk
        with tenant_scope(tenant_id=self._tenant_id):
            self._save_warehouses()
            self._save_goods()
            self._save_prices()
        return {
            "rows": self._prepared.rows_in,
            "charges": dict(self._prepared.charges.most_common()),
            "skus": len(self._prepared.asked),
            "warehouses": len(self._centres()),
        }

    def _centres(self) -> list[dict[str, str]]:
        with (self._data / "tiktok_us_fc" / "tiktok_us_fulfilment_centres.csv").open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))

    def _save_warehouses(self) -> None:
        warehouses = [
            NewWarehouse(
                code=row["id"],
                name=row["name"],
                country="US",
                postcode=row["zip"],
                state=row["state"],
                city=row["city"],
                address=row["address"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
            )
            for row in self._centres()
        ]
        save_warehouses(tenant_id=self._tenant_id, warehouses=warehouses)

    def _save_goods(self) -> None:
        Store.objects.create(tenant_id=self._tenant_id, seller_id=self._seller_id, platform="own", code=STORE, name="Online store")
        save_skus(tenant_id=self._tenant_id, seller_id=self._seller_id, skus=draw_skus(self._prepared))
        warehouse_ids = list(Warehouse.objects.order_by("code").values_list("pk", flat=True))
        sku_ids = dict(Sku.objects.values_list("code", "pk"))
        counts = [
            Count(warehouse_id=warehouse_id, sku_id=sku_ids[code], units=units)
            for code, row in draw_stock(self._prepared, warehouses=len(warehouse_ids)).items()
            for warehouse_id, units in zip(warehouse_ids, row, strict=True)
        ]
        count_stock(tenant_id=self._tenant_id, counts=counts, actor="benchmark", at=AT)

    def _save_prices(self) -> None:
        own: dict[str, Any] = {"tenant_id": self._tenant_id}
        made: dict[str, Any] = {**own, "created_at": AT}
        charts = {}
        for code, document in zone_charts(self._data, sorted({row["zip"][:3] for row in self._centres()})).items():
            carrier = Carrier.objects.create(**own, code=code, name=code)
            charts[code] = ZoneChart.objects.create(
                **made, carrier=carrier, code=document["code"], document=document, sha256=fingerprint(document)
            )
        channels = []
        for tariff in published_tariffs(self._data / "tariffs"):
            chart = charts[tariff.carrier]
            channels.append(Channel.objects.create(**own, carrier=chart.carrier, code=tariff.code, name=tariff.code))
            RateCard.objects.create(
                **made,
                channel=channels[-1],
                zone_chart=chart,
                effective_from=tariff.card["effective_from"],
                currency="USD",
                document=json.loads(as_text(tariff.card)),
                sha256=fingerprint(tariff.card),
                source=tariff.source,
            )
        self._save_strategy(channels)

    def _save_strategy(self, channels: list[Channel]) -> None:
        own = {"tenant_id": self._tenant_id}
        warehouses = list(Warehouse.objects.all())
        strategy = Strategy.objects.create(**own, name="cheapest")
        Lane.objects.bulk_create(Lane(**own, warehouse=warehouse, channel=channel) for warehouse in warehouses for channel in channels)
        StrategyWarehouse.objects.bulk_create(StrategyWarehouse(**own, strategy=strategy, warehouse=each) for each in warehouses)
        StrategyChannel.objects.bulk_create(StrategyChannel(**own, strategy=strategy, channel=each) for each in channels)

    def take_orders(self) -> Answer:
        """Import the prepared file as `manage.py import_orders --take-good-rows` does."""
        importer = OrderImport(tenant_id=self._tenant_id, seller_id=self._seller_id, at=AT, columns=order_columns(zone=UTC))
        manner = Manner(
            scope=partial(tenant_scope, tenant_id=self._tenant_id),
            mapping=ColumnMapping(headers=COLUMNS, defaults={"store": STORE}),
            take_good_rows=True,
        )
        with open_source(self._file) as source:
            report = run_import(source=source, importer=importer, manner=manner, progress=Shown(sys.stderr))
        return {
            "rows_in": report.rows_in,
            "accepted": report.accepted,
            "repeated": report.repeated,
            "refused": report.refused,
            "reasons": {f"{code} ({column or 'row'})": count for (code, column), count in report.reasons.most_common()},
            "orders": report.things[str(importer.things)],
        }

    def allocate(self) -> Answer:
        """Decide all orders."""
        drained = drain_tenant(tenant_id=self._tenant_id, at=AT)
        return {"allocated": drained.allocated, "exceptions": drained.exceptions}

    def compare(self) -> Answer:
        """Add up what the decisions cost, and what the nearest and a random warehouse with the goods would have cost."""
        rng = np.random.default_rng(SEED + 3)
        chosen = nearest = drawn = 0
        with tenant_scope(tenant_id=self._tenant_id):
            for record in Record.objects.filter(warehouse__isnull=False).order_by("pk").iterator():
                able = [cost for cost in unpack_record(bytes(record.candidates)).cost if cost >= 0]
                chosen += record.cost_minor
                nearest += record.nearest_cost_minor
                drawn += able[int(rng.integers(len(able)))]
            reasons = Counter(reason_of(number).slug for row in OrderException.objects.all() for number in row.reasons)
        return {
            "chosen_minor": chosen,
            "nearest_minor": nearest,
            "random_minor": drawn,
            "exceptions_by_reason": dict(reasons.most_common()),
        }


def timed(stage: Any) -> Answer:
    """Return what the stage says, with its seconds and the process's largest memory so far."""
    started = time.perf_counter()
    answer: Answer = stage()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**answer, "seconds": round(time.perf_counter() - started, 2), "peak_rss_mb": round(peak_mb, 1)}


def main() -> None:
    """Serve the stages: DATA-DIRECTORY WORK-DIRECTORY MOST-ROWS (0: all)."""
    company = Company(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) or None)
    stages = {SET_UP: company.set_up, IMPORT: company.take_orders, ALLOCATE: company.allocate, COMPARE: company.compare}
    serve({word: partial(timed, stage) for word, stage in stages.items()})


if __name__ == "__main__":
    main()
