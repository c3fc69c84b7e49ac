"""PostgreSQL and Valkey from wheels, over unix sockets under `.data/`: for the demo, the tests and the benchmarks."""

from wms.embedded.broker import EmbeddedBroker
from wms.embedded.home import EMBEDDED, Embedded
from wms.embedded.postgres import EmbeddedPostgres
from wms.embedded.processes import ServiceFailed

__all__ = ["EMBEDDED", "Embedded", "EmbeddedBroker", "EmbeddedPostgres", "ServiceFailed"]
