"""A transaction that the database gave up in favour of another one is tried again from its start."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import django.db
import psycopg
from psycopg.errors import DeadlockDetected, SerializationFailure

MOST_TRIES = 5

DATABASE_ERRORS = (psycopg.OperationalError, django.db.OperationalError)
"""What psycopg raises, and what Django makes of it where its own cursor ran the statement."""


def is_lost_race(error: BaseException) -> bool:
    """Return whether the database ended the transaction for the sake of another one."""
    return any(isinstance(cause, DeadlockDetected | SerializationFailure) for cause in (error, error.__cause__))


def again_after_lost_race[**P, R](use_case: Callable[P, R]) -> Callable[P, R]:
    """Run a use case, which opens its own transaction, again when that was lost to a deadlock."""

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(MOST_TRIES - 1):
            try:
                return use_case(*args, **kwargs)
            except DATABASE_ERRORS as error:
                if not is_lost_race(error):
                    raise
        return use_case(*args, **kwargs)

    return run
