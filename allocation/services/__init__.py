"""What people and other systems may do to a decision: choose, undo, cancel, count stock. One function, one transaction.

Each appends a record that names the one it supersedes. Locks are taken as a worker takes them: queue, order, reservation,
stock; where another order of locks ends in a deadlock, the use case is tried again.
"""

from allocation.services.cancelling import cancel_order
from allocation.services.choosing import assign_order, undo_assignment
from allocation.services.counting import take_stock_count

__all__ = ["assign_order", "cancel_order", "take_stock_count", "undo_assignment"]
