"""numpy arrays as PostgreSQL arrays, in the binary format both ways, without text or Python lists in between (ADR 0001).

PostgreSQL's binary array: dimensions, a flag for nulls, the element's type, the dimension's size and lower bound, then each
element as its length and its big-endian value.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connections
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

_HEAD = np.dtype([("dimensions", ">i4"), ("has_nulls", ">i4"), ("element", ">u4"), ("size", ">i4"), ("lower", ">i4")])
_INT2, _INT4, _INT8, _FLOAT8 = 21, 23, 20, 701
_ARRAY_OF = {_INT2: 1005, _INT4: 1007, _INT8: 1016, _FLOAT8: 1022}
_ELEMENT_OF = {np.dtype(np.int16): _INT2, np.dtype(np.int32): _INT4, np.dtype(np.int64): _INT8, np.dtype(np.float64): _FLOAT8}
_KIND_OF = {_INT2: ">i2", _INT4: ">i4", _INT8: ">i8", _FLOAT8: ">f8"}


def _row(element: int) -> np.dtype[Any]:
    kind = np.dtype(_KIND_OF[element])
    return np.dtype([("length", ">i4"), ("value", kind)])


class ArrayDumper(Dumper):
    """Write a one-dimensional int16, int32, int64 or float64 array."""

    format = Format.BINARY

    def __init__(self, cls: type, context: AdaptContext | None = None, element: int | None = None) -> None:
        super().__init__(cls, context)
        self._element = element
        if element is not None:
            self.oid = _ARRAY_OF[element]

    def get_key(self, obj: npt.NDArray[Any], format: Any) -> Any:  # noqa: A002 - psycopg's name
        """Return what tells dumpers of different elements apart."""
        return (self.cls, obj.dtype)

    def upgrade(self, obj: npt.NDArray[Any], format: Any) -> ArrayDumper:  # noqa: A002 - psycopg's name
        """Return the dumper of the array's element type."""
        return ArrayDumper(self.cls, element=_ELEMENT_OF[obj.dtype])

    def dump(self, obj: npt.NDArray[Any]) -> bytes:
        """Return the array in PostgreSQL's binary format."""
        assert self._element is not None
        head = np.array([(1 if obj.size else 0, 0, self._element, obj.size, 1)], dtype=_HEAD)
        if not obj.size:
            return head.tobytes()[:12]
        rows = np.empty(obj.size, dtype=_row(self._element))
        rows["length"] = rows.dtype["value"].itemsize
        rows["value"] = obj
        return head.tobytes() + rows.tobytes()


class ArrayLoader(Loader):
    """Read a one-dimensional array without nulls into numpy."""

    format = Format.BINARY

    def load(self, data: Any) -> npt.NDArray[Any]:
        """Return the elements in the machine's own number format."""
        head = np.frombuffer(data, dtype=">i4", count=3)
        kind = np.dtype(_KIND_OF[int(head[2])])
        if head[0] == 0:
            return np.empty(0, dtype=kind.newbyteorder("="))
        if head[1]:
            raise ValueError("an array with nulls has no numpy form")
        rows = np.frombuffer(data, dtype=_row(int(head[2])), offset=_HEAD.itemsize)
        return rows["value"].astype(kind.newbyteorder("="))


@contextmanager
def array_cursor(using: str = "default") -> Iterator[psycopg.Cursor[Any]]:
    """Open a cursor of Django's connection that speaks numpy arrays and binary results.

    It takes part in Django's transaction, but binds parameters on the server, which Django's own cursor does not.
    """
    connections[using].ensure_connection()
    with another_cursor(connections[using].connection) as cursor:
        yield cursor


def another_cursor(connection: psycopg.Connection[Any]) -> psycopg.Cursor[Any]:
    """Return one more such cursor, for a statement whose result is read later than the next one's is sent."""
    cursor = psycopg.Cursor(connection)
    cursor.adapters.register_dumper(np.ndarray, ArrayDumper)
    for oid in _ARRAY_OF.values():
        cursor.adapters.register_loader(oid, ArrayLoader)
    cursor.format = Format.BINARY
    return cursor
