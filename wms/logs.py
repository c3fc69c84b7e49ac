"""Logs: one line per event, for people or as JSON, with secrets struck out before anything is written.

Django's, Celery's and our own messages take the same way, so the same redaction holds for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

STRUCK_OUT = "[redacted]"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

_SECRET_NAME = re.compile(r"passw|secret|token|api_?key|authorization|cookie|credential|session_?(id|key)", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE)
_NAMED_SECRET = re.compile(
    r"(?P<before>\b(?:password|passwd|secret|token|api_?key|authorization|cookie)[\"']?\s*[=:]\s*(?:bearer\s+)?[\"']?)[^\s\"'&,;]+",
    re.IGNORECASE,
)


def strike_out(value: Any) -> Any:
    """Return the value with secrets replaced, however deep they lie in mappings and sequences."""
    match value:
        case str():
            return _NAMED_SECRET.sub(_masked, _PASSWORD_IN_URL.sub(_masked, value))
        case Mapping():
            return {key: STRUCK_OUT if _SECRET_NAME.search(str(key)) else strike_out(inner) for key, inner in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return [strike_out(inner) for inner in value]
        case BaseException():
            return strike_out(repr(value))
    return value


def _masked(found: re.Match[str]) -> str:
    return found["before"] + STRUCK_OUT


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Strike out secrets in an event; stands right before the renderer, when tracebacks are text already."""
    return dict(strike_out(event))


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": common,
                "processors": [*_ending(as_json=as_json)],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        # Django's own handlers would write a second, unredacted line.
        "loggers": {name: {"handlers": [], "level": level, "propagate": True} for name in ("django", "django.server")},
    }


def _ending(*, as_json: bool) -> list[Processor]:
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str) if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
        renderer,
    ]
