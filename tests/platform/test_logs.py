import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog
from django.conf import settings

from wms.logs import STRUCK_OUT, logging_config, strike_out


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("postgresql://ada:hunter2@db:5432/fencang", f"postgresql://ada:{STRUCK_OUT}@db:5432/fencang"),
        ("redis://:hunter2@broker", f"redis://:{STRUCK_OUT}@broker"),
        ("Authorization: Bearer hunter2", f"Authorization: Bearer {STRUCK_OUT}"),
        ("host=db password=hunter2 port=5432", f"host=db password={STRUCK_OUT} port=5432"),
        ({"api_key": "hunter2", "code": "A1"}, {"api_key": STRUCK_OUT, "code": "A1"}),
        ({"deep": [{"Password": "hunter2"}]}, {"deep": [{"Password": STRUCK_OUT}]}),
        ("order 1001 at 12:30, ada@example.com", "order 1001 at 12:30, ada@example.com"),
        (7, 7),
    ],
)
def test_secrets_are_struck_out_and_nothing_else(value, written):
    assert strike_out(value) == written


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Return what is logged, as JSON lines."""
    text = io.StringIO()
    config = logging_config(level="INFO", as_json=True)
    config["handlers"]["console"]["stream"] = text
    logging.config.dictConfig(config)
    yield text
    logging.config.dictConfig(settings.LOGGING)


def test_our_own_and_others_messages_take_the_same_way(written):
    structlog.get_logger("allocation").info("decided", tenant=7, token="hunter2")
    logging.getLogger("django.request").warning("Refused %s", "postgresql://ada:hunter2@db/x")

    ours, others = [json.loads(line) for line in written.getvalue().splitlines()]

    assert (ours["event"], ours["tenant"], ours["token"], ours["logger"]) == ("decided", 7, STRUCK_OUT, "allocation")
    assert others["event"] == f"Refused postgresql://ada:{STRUCK_OUT}@db/x"


def test_a_traceback_is_redacted_too(written):
    try:
        raise ConnectionError("cannot reach redis://:hunter2@broker")
    except ConnectionError:
        logging.getLogger("celery").exception("lost")

    assert "hunter2" not in written.getvalue()
    assert "ConnectionError" in json.loads(written.getvalue())["exception"]
