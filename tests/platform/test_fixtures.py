import pytest
from django.contrib.auth.models import User
from django.db import connection

from tests.world import add_seller, add_tenant
from wms.celery import app
from wms.tenancy.models import Tenant
from wms.tenancy.rls import OWNER_ROLE, RUNTIME_ROLE
from wms.tenancy.scope import tenant_scope


@pytest.mark.django_db
def test_tests_work_as_the_role_of_the_running_product():
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_setting('random_page_cost'), current_setting('jit')")
        assert cursor.fetchone() == (RUNTIME_ROLE, "1.1", "off")


@pytest.mark.parametrize("round_", [1, 2])
def test_what_a_test_commits_is_gone_before_the_next(committed_db, admin_connection, round_):
    assert admin_connection.execute("SELECT count(*) FROM tenancy_tenant").fetchone() == (0,)
    assert not User.objects.exists()

    tenant = add_tenant(code="eastlake")
    add_seller(tenant=tenant)
    User.objects.create(username="ada")

    assert admin_connection.execute("SELECT code FROM tenancy_tenant").fetchall() == [("eastlake",)]
    assert connection.get_autocommit()
    with tenant_scope(tenant_id=tenant.pk):
        assert Tenant.objects.count() == 1


def test_the_owner_s_connection_owns_the_tables(owner_connection):
    owner = owner_connection.execute("SELECT session_user, tableowner FROM pg_tables WHERE tablename = 'tenancy_tenant'").fetchone()

    assert owner == (OWNER_ROLE, OWNER_ROLE)


@pytest.mark.django_db
def test_the_runtime_role_may_not_empty_a_table():
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE tenancy_tenant CASCADE")


def test_the_broker_is_empty_and_celery_s(broker):
    with broker.client() as client:
        assert client.dbsize() == 0
    with app.connection_for_write() as link:
        queue = link.SimpleQueue("hints")
        queue.put({"tenant": 7})
        assert queue.get(timeout=5).payload == {"tenant": 7}
        queue.close()
