"""Where a data directory's unix sockets live.

A socket's path holds at most 107 bytes on Linux and 103 on macOS: a deep checkout gets a short directory under the system's
temporary one instead, noted in the data directory so that processes with another TMPDIR find it too.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from wms.embedded.account import our_accounts
from wms.embedded.processes import ServiceFailed

LONGEST_NAME = ".s.PGSQL.5432"
LONGEST_PATH_BYTES = 103
NOTE = "socket_directory"


def socket_directory(data_dir: Path) -> Path:
    """Return the directory of the sockets; it may not exist yet."""
    try:
        return Path((data_dir / NOTE).read_text())
    except FileNotFoundError:
        return _shortest_that_fits(data_dir)


def make_socket_directory(data_dir: Path) -> Path:
    """Create the directory, closed to other people, and note it when it lies elsewhere."""
    directory = socket_directory(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid not in our_accounts():
        raise ServiceFailed(f"{directory} belongs to somebody else: set FENCANG_DATA_DIR to a shorter path.")
    if directory.parent != data_dir:
        (data_dir / NOTE).write_text(str(directory))
    return directory


def _shortest_that_fits(data_dir: Path) -> Path:
    name = "fencang-" + hashlib.sha256(bytes(data_dir)).hexdigest()[:12]
    places = (data_dir / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name)  # noqa: S108 - its owner is checked
    return next((place for place in places if len(bytes(place / LONGEST_NAME)) <= LONGEST_PATH_BYTES), places[-1])
