"""Every kind of task, one file each. See `careengine.people` for how one is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.people.kinds.appeal import APPEAL
from careengine.people.kinds.approval import APPROVAL
from careengine.people.kinds.closing import EXCEPTION_KIND, RULE_REVIEW_KIND
from careengine.people.kinds.conduct import FLAG_KIND, INCIDENT_KIND
from careengine.people.kinds.lock import LOCK
from careengine.people.kinds.measure import MEASURE
from careengine.people.kinds.nomination import NOMINATION
from careengine.people.kinds.promise import PROMISE
from careengine.people.kinds.restriction import RESTRICTION
from careengine.people.kinds.review import REVIEW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.people.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        APPROVAL,
        INCIDENT_KIND,
        FLAG_KIND,
        RESTRICTION,
        MEASURE,
        APPEAL,
        PROMISE,
        LOCK,
        REVIEW,
        NOMINATION,
        RULE_REVIEW_KIND,
        EXCEPTION_KIND,
    )
}
