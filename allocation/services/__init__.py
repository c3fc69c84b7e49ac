"""What people and other systems may do to a decision. One function, one use case, one transaction.

Each appends a record that names the one it supersedes. Locks are taken as a worker takes them: queue, order, reservation,
stock; where another order of locks ends in a deadlock, the use case is tried again.
"""

from allocation.services.addressing import fix_address
from allocation.services.bulk import Chosen, Moves, Outcome, assign_orders, preview_assignments, undo_assignments
from allocation.services.cancelling import cancel_order
from allocation.services.choosing import assign_order, undo_assignment
from allocation.services.counting import take_stock_count
from allocation.services.dispatching import release_to_warehouse, ship_order
from allocation.services.holding import exclude_order, hold_order, include_order, resume_order
from allocation.services.rejecting import reject_order
from allocation.services.splitting import HandPart, preview_split, split_order

__all__ = [
    "Chosen",
    "HandPart",
    "Moves",
    "Outcome",
    "assign_order",
    "assign_orders",
    "cancel_order",
    "exclude_order",
    "fix_address",
    "hold_order",
    "include_order",
    "preview_assignments",
    "preview_split",
    "reject_order",
    "release_to_warehouse",
    "resume_order",
    "ship_order",
    "split_order",
    "take_stock_count",
    "undo_assignment",
    "undo_assignments",
]
