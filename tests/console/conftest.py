"""The shop whose pages are tested, and who most often looks at them; a file that needs others names its own."""

import pytest
from django.test import Client

from tests.console.shop import Shop, add_shop
from tests.world import add_member
from wms.tenancy.models import Role


@pytest.fixture
def shop(db: None) -> Shop:
    return add_shop(code="east")


@pytest.fixture
def staff(shop: Shop, client: Client) -> Client:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    return client


@pytest.fixture
def boss(shop: Shop, client: Client) -> Client:
    client.force_login(add_member(tenant=shop.tenant, role=Role.ADMIN, username="boss"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client
