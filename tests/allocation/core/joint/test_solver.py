"""The solver stays out of the way: it is not loaded before it is needed, and says nothing on standard output."""

from __future__ import annotations

import subprocess
import sys

SOLVE = """
import sys
import allocation.core.planner
assert not any(name.startswith("highspy") for name in sys.modules)
from allocation.core.joint import assign
agents, objective, bound = assign([[1, 2], [2, 1]], [[1, 1], [1, 1]], [1, 1], 10.0)
assert (agents.tolist(), objective) == ([0, 1], 2.0)
assert any(name.startswith("highspy") for name in sys.modules)
"""


def test_is_loaded_when_something_is_decided_together_and_prints_nothing() -> None:
    run = subprocess.run([sys.executable, "-c", SOLVE], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
