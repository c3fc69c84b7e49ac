import pytest

from wms.env import Environment, SettingError, broker_url, postgres_url


def test_an_address_over_tcp_is_taken_apart():
    url = postgres_url("DATABASE_URL", "postgresql://ada:h%40nter@db:5433/fencang?sslmode=require")

    assert (url.user, url.password, url.host, url.port, url.database) == ("ada", "h@nter", "db", "5433", "fencang")
    assert url.options == {"sslmode": "require"}


def test_an_address_over_a_socket_names_its_directory():
    assert postgres_url("DATABASE_URL", "postgresql://ada@/fencang?host=%2Fsome%20where").host == "/some where"


@pytest.mark.parametrize(
    "address",
    [
        "mysql://ada:hunter2@db/x",
        "postgresql://ada:hunter2@db",
        "postgresql://db/x",
        "postgresql://ada:hunter2@db:port/x",
        "postgresql://ada:hunter2@db/x?sslmod=require",
    ],
)
def test_a_bad_address_is_named_and_its_password_is_not_shown(address):
    with pytest.raises(SettingError, match=r"^DATABASE_URL: expected") as refused:
        postgres_url("DATABASE_URL", address)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("address", ["redis://b:6379/0", "rediss://b", "redis+socket:///run/b.sock?virtual_host=0"])
def test_a_broker_s_address_is_kept(address):
    assert broker_url("REDIS_URL", address) == address


@pytest.mark.parametrize("address", ["amqp://b", "redis://", "redis+socket://b", "redis://b:port"])
def test_a_bad_broker_s_address_is_refused(address):
    with pytest.raises(SettingError, match="REDIS_URL"):
        broker_url("REDIS_URL", address)


def test_values_are_read_with_their_defaults_and_limits():
    env = Environment({"YES": "On", "EMPTY": " ", "SIZE": "7", "NAMES": "a, b,", "LEVEL": "INFO"})

    assert env.flag("YES", default=False)
    assert env.flag("EMPTY", default=True)
    assert env.integer("SIZE", default=1, least=1, most=9) == 7
    assert env.names("NAMES") == ["a", "b"]
    assert env.names("EMPTY", default=("c",)) == ["c"]
    assert env.choice("LEVEL", default="DEBUG", of=("INFO", "DEBUG")) == "INFO"


@pytest.mark.parametrize(
    "read",
    [
        lambda env: env.flag("WRONG", default=False),
        lambda env: env.integer("WRONG", default=1, least=1, most=9),
        lambda env: env.integer("HIGH", default=1, least=1, most=9),
        lambda env: env.choice("WRONG", default="a", of=("a", "b")),
    ],
)
def test_a_bad_value_stops_the_start_with_its_name(read):
    with pytest.raises(SettingError, match=r"^(WRONG|HIGH): expected"):
        read(Environment({"WRONG": "perhaps", "HIGH": "10"}))


def test_keys_that_seal_are_listed_newest_first():
    newest, oldest = "A" * 43 + "=", "b-_9" * 10 + "abc="

    assert Environment({"KEYS": f"{newest}, {oldest}"}).fernet_keys("KEYS") == [newest, oldest]
    assert Environment({}).fernet_keys("KEYS") == []


@pytest.mark.parametrize("wrong", ["hunter2", "A" * 44, "A" * 42 + "+=", "A" * 43 + "=,hunter2"])
def test_a_key_that_cannot_seal_stops_the_start_and_is_not_shown(wrong):
    with pytest.raises(SettingError, match=r"^KEYS: expected") as refused:
        Environment({"KEYS": wrong}).fernet_keys("KEYS")

    assert "hunter2" not in str(refused.value)
