"""Under which account PostgreSQL runs: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wms.embedded.processes import ServiceFailed

UNPRIVILEGED = "nobody"


def our_accounts() -> set[int]:
    """Return the ids of the accounts under which our own files may lie: this one, and as root the server's."""
    return {os.geteuid()} | ({pwd.getpwnam(UNPRIVILEGED).pw_uid} if os.geteuid() == 0 else set())


def give_to_server(directory: Path) -> None:
    """Make the directory the server's own when we are root."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(UNPRIVILEGED)
        os.chown(directory, entry.pw_uid, entry.pw_gid)


def run_as_server(command: Sequence[str | Path], *, reaches: Sequence[Path]) -> None:
    """Run a command to its end, as an unprivileged account when we are root.

    `reaches` are the paths that the account must get to. Where a directory above them is closed to it (a checkout in /root,
    say), the command keeps root's right to pass through, rather than us opening directories that are not ours.
    """
    words = [str(word) for word in command]
    if os.geteuid() != 0:
        _run(words)
    elif all(_is_open_to_all(path) for path in reaches):
        entry = pwd.getpwnam(UNPRIVILEGED)
        _run(words, user=entry.pw_uid, group=entry.pw_gid, extra_groups=())
    else:
        _run([*_passing_closed_directories(), *words])


def _is_open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def _passing_closed_directories() -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServiceFailed(
            f"PostgreSQL refuses to run as root, and the account {UNPRIVILEGED!r} cannot get to this directory: "
            "use another account, or a checkout in a directory that others may enter."
        )
    entry = pwd.getpwnam(UNPRIVILEGED)
    passing = "+dac_read_search"
    identity = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    # Without the last, access(2), by which PostgreSQL looks for its own programs, would not count the right.
    return [setpriv, *identity, f"--inh-caps={passing}", f"--ambient-caps={passing}", "--securebits=+no_setuid_fixup", "--"]


def _run(words: list[str], *, user: int | None = None, group: int | None = None, extra_groups: Sequence[int] | None = None) -> None:
    done = subprocess.run(
        words,
        user=user,
        group=group,
        extra_groups=extra_groups,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServiceFailed(f"{Path(words[0]).name} ended with {done.returncode}: {done.stderr.strip()}")
