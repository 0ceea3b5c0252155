"""When something is due, by the hours somebody works: calendars and the arithmetic on them. Pure, like `decide`.

All instants are aware datetimes; answers are in UTC.
"""

from careengine.clock.business import Pause, due, elapsed
from careengine.clock.calendar import Calendar
from careengine.clock.holidays import public_holidays
from careengine.clock.period import Period, period_of
from careengine.clock.shift import Shift, read_shift

__all__ = ["Calendar", "Pause", "Period", "Shift", "due", "elapsed", "period_of", "public_holidays", "read_shift"]
