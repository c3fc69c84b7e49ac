"""Deciding orders that want the same units together: the optimiser of contended batches, and generalised assignment."""

from allocation.core.joint.contest import Contest, Score, unserved_by_priority, with_capacities
from allocation.core.joint.generalised import Assignment, assign
from allocation.core.joint.together import JointPlan, Outcome, decide_together

__all__ = [
    "Assignment",
    "Contest",
    "JointPlan",
    "Outcome",
    "Score",
    "assign",
    "decide_together",
    "unserved_by_priority",
    "with_capacities",
]
