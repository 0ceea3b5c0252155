"""What every test shares: how hypothesis works here, and that Ctrl-C does."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# No deadline: the machines are shared. In CI the examples are the same every time, so that a red run says something.
settings.register_profile("careengine", max_examples=60, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("careengine")

# A shell that runs the tests in the background has them ignore Ctrl-C, and every program they start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
