"""The sample companies' allocation rules, as content/rules states them, in force from the first order on."""

from __future__ import annotations

from datetime import datetime

from allocation.rules.publishing import publish_rules
from allocation.rules.stated import add_stated_rules, rules_stated
from allocation.stated_files import read_stated_file
from wms.demo.companies import CONTENT, Company


def set_rules(*, company: Company, tenant_id: int, actor: str, at: datetime) -> None:
    """Write the company's rules down and put them in force. Call it once its warehouses, channels and sellers are there."""
    documents = rules_stated(read_stated_file(CONTENT / "rules" / f"{company.code}.toml"))
    add_stated_rules(tenant_id=tenant_id, documents=documents, actor=actor, at=at)
    publish_rules(tenant_id=tenant_id, comment="", actor=actor, at=at)
