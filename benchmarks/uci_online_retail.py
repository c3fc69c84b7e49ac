"""The product on real input: invoices, fulfilment centres, postal zones and published tariffs.

The 541,909 invoice lines are those of a retailer in the United Kingdom (UCI "Online Retail").

    python -m benchmarks.uci_online_retail [--data ../shared/data]

What the invoices lack (weights, sizes, destinations, stock) is drawn from a fixed seed, and the output says so.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.outcome import check_outcome
from benchmarks.race import Answer, children
from benchmarks.report import Figures, circumstances
from benchmarks.services import CHECKOUT, SCHEMA, Services, private_services
from benchmarks.uci.invoices import DRAWN, SEED

DATABASE = "bench_uci"
RESULTS = CHECKOUT / "benchmarks" / "results" / "uci.json"
STAGES = ("set up", "import", "allocate", "compare")


class DoesNotAddUp(Exception):
    """Something was lost on the way."""


def main() -> None:
    """Run all stages, check that everything adds up, print it and write it down."""
    wanted = _parse()
    with private_services(wanted.directory) as services:
        stages = _run_stages(services, wanted)
        result = {**circumstances(services.databases), "data": "UCI Online Retail", "seed": SEED, "drawn": list(DRAWN)}
        with services.databases.open(DATABASE) as connection:
            check_outcome(connection)
    result |= _figures(stages)
    _check_sums(result)
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    wanted.out.write_text(json.dumps(result, indent=2) + "\n")
    print(_told(result))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uci_online_retail", description=__doc__)
    parser.add_argument("--data", type=Path, default=CHECKOUT.parent / "shared" / "data", help="where the data sets lie")
    parser.add_argument("--rows", type=int, default=0, help="only so many rows; 0 for all")
    parser.add_argument("--directory", type=Path, help="where the server's files may lie (2 GB)")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _run_stages(services: Services, wanted: argparse.Namespace) -> dict[str, Answer]:
    services.databases.create(DATABASE, template=SCHEMA)
    command = [sys.executable, "-m", "benchmarks.uci.product", str(wanted.data), str(services.directory), str(wanted.rows)]
    answers = {}
    with children([command], services.environment(DATABASE)) as (product,):
        for stage in STAGES:
            answers[stage] = product.ask(stage)
            services.databases.settle(DATABASE)
    return answers


def _figures(stages: dict[str, Answer]) -> Figures:
    world, imported, allocated, costs = (stages[stage] for stage in STAGES)
    charges = sum(world["charges"].values())
    return {
        "warehouses": world["warehouses"],
        "skus": world["skus"],
        "rows_in": world["rows"],
        "rows_accepted": imported["accepted"],
        "rows_refused": imported["refused"],
        "rows_repeated": imported["repeated"],
        "rows_not_goods": charges,
        "refused_by_reason": imported["reasons"],
        "orders_in": imported["orders"],
        "orders_allocated": allocated["allocated"],
        "orders_exceptions": allocated["exceptions"],
        "exceptions_by_reason": costs["exceptions_by_reason"],
        "cost_usd": costs["chosen_minor"] / 100,
        "nearest_warehouse_cost_usd": costs["nearest_minor"] / 100,
        "random_warehouse_cost_usd": costs["random_minor"] / 100,
        "import_s": imported["seconds"],
        "import_rows_per_s": round(imported["rows_in"] / imported["seconds"]),
        "import_peak_rss_mb": imported["peak_rss_mb"],
        "allocate_s": allocated["seconds"],
        "orders_per_s": round(imported["orders"] / allocated["seconds"]),
        "peak_rss_mb": allocated["peak_rss_mb"],
    }


def _check_sums(result: Figures) -> None:
    rows = sum(result[f"rows_{kind}"] for kind in ("accepted", "refused", "repeated", "not_goods"))
    if rows != result["rows_in"]:
        raise DoesNotAddUp(f"{result['rows_in']} rows came in, {rows} are accounted for")
    if result["orders_allocated"] + result["orders_exceptions"] != result["orders_in"]:
        raise DoesNotAddUp(f"{result['orders_in']} orders came in, not all are decided")


def _told(result: Figures) -> str:
    cost, nearest, drawn = (result[key] for key in ("cost_usd", "nearest_warehouse_cost_usd", "random_warehouse_cost_usd"))
    lines = [
        f"Real: invoices, {result['warehouses']} fulfilment centres, USPS zones, tariffs. Drawn from seed {result['seed']}:",
        *(f"  {what}" for what in result["drawn"]),
        f"Rows in {result['rows_in']:,} = accepted {result['rows_accepted']:,} + refused {result['rows_refused']:,} "
        f"+ repeated {result['rows_repeated']:,} + postage, fees and vouchers {result['rows_not_goods']:,}",
        *(f"  {reason}: {count:,}" for reason, count in result["refused_by_reason"].items()),
        f"Orders in {result['orders_in']:,} = allocated {result['orders_allocated']:,} + exceptions {result['orders_exceptions']:,}",
        *(f"  {reason}: {count:,} (an order may have several)" for reason, count in result["exceptions_by_reason"].items()),
        f"Cost {cost:,.2f} USD; nearest warehouse that has the goods {nearest:,.2f} ({_saved(cost, nearest)}); "
        f"random warehouse that has them {drawn:,.2f} ({_saved(cost, drawn)})",
        f"Import {result['import_s']:,.1f} s, {result['import_rows_per_s']:,} rows/s, peak {result['import_peak_rss_mb']:,.0f} MB; "
        f"allocation {result['allocate_s']:,.1f} s, {result['orders_per_s']:,} orders/s, peak {result['peak_rss_mb']:,.0f} MB",
    ]
    return "\n".join(lines)


def _saved(cost: float, other: float) -> str:
    return f"{(other - cost) / other:.1%} saved"


if __name__ == "__main__":
    main()
