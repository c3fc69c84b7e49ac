"""Child processes that do one thing on a word, so that several start at the same moment.

A child says what it has done in one line of JSON; the words and the answers travel over its standard input and output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

type Answer = dict[str, Any]

WARM_UP, GO = "warm up", "go"


class ChildFailed(Exception):
    """A child ended without an answer."""


class Child:
    """A running child process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def tell(self, word: str) -> None:
        """Send a word without waiting."""
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def answer(self) -> Answer:
        """Wait for the answer to a word."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise ChildFailed(f"{self.process.args!r} ended with {self.process.wait()}")
        found: Answer = json.loads(line)
        return found

    def ask(self, word: str) -> Answer:
        """Send a word and wait for the answer."""
        self.tell(word)
        return self.answer()


@contextmanager
def children(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> Iterator[list[Child]]:
    """Run the commands side by side; they end when this does."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(subprocess.Popen(command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for command in commands
        ]
        yield [Child(process) for process in started]


def race(runners: Sequence[Child]) -> tuple[float, list[Answer]]:
    """Let all start at once; return the seconds until the last has finished, and their answers."""
    started = time.perf_counter()
    for child in runners:
        child.tell(GO)
    answers = [child.answer() for child in runners]
    return time.perf_counter() - started, answers


def serve(deeds: Mapping[str, Callable[[], Answer]]) -> None:
    """In a child: do what each word says and answer, until there are no more words.

    Whatever else the child prints goes to its standard error: the solver's library greets on the standard output.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        print(json.dumps(deeds[line.strip()]()), file=answers, flush=True)
