"""What every test shares: how hypothesis works here."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: the machines are shared. In CI the examples are the same every time, so that a red run says something.
settings.register_profile("careengine", max_examples=60, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("careengine")
