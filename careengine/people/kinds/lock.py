"""A lock on the owner of a case: whoever takes it over keeps it to its end, unless a person lifts the lock."""

from __future__ import annotations

from careengine.people.kind import Choice, Kind
from careengine.pipeline.asking import LOCK as NAME

LOCK = Kind(
    name=NAME,
    names="locks",
    says="The owner of a case is locked: passed on, it is given back, until it is over or a person lifts that.",
    choices=(Choice(name="lift", state="lifted", says="the case may be passed on again"),),
)
