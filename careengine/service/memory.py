"""What stays is put out of sight of Python's collector, which would look through the rules again and again.

With many rules each look takes a tenth of a second, and everybody waits for it.
"""

from __future__ import annotations

import gc

_THRESHOLDS = (20_000, 20, 20)  # new objects before a look at them; what an interaction leaves is soon gone by itself


def settle() -> None:
    """Collect once, and never again look at what is here now: for a program that serves, when its rules are read."""
    gc.set_threshold(*_THRESHOLDS)
    gc.collect()
    gc.freeze()


def settle_again() -> None:
    """The same when other rules took their place, which can then go; nothing in a program that never settled."""
    if gc.get_freeze_count():
        gc.unfreeze()
        settle()
