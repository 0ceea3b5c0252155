"""What customers read: messages and notices that ops write in Liquid, filled with what is known of an event.

The language of templates is cut down to what a letter needs (`template.py`): no files, no clock, no way to make text
without end. What comes from an event is data; it is never read as a template.
"""

from careengine.messages.filters import FILTERS
from careengine.messages.template import TAGS, TemplateFaultError, compiled
from careengine.messages.write import Written, write

__all__ = ["FILTERS", "TAGS", "TemplateFaultError", "Written", "compiled", "write"]
