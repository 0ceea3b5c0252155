"""An appeal against a restriction, heard by somebody who had no part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.errors import NotYoursError, PayloadError, PayloadProblem
from careengine.people.kind import Choice, Given, Kind
from careengine.people.kinds.measure import lift
from careengine.people.knowing import check_known
from careengine.people.writing import write
from careengine.pipeline.asking import FLAG, INCIDENT, MEASURE, RESTRICTION
from careengine.store import restrictions, tasks

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding
    from careengine.store.restrictions import Restricted

_MATTER = (INCIDENT, FLAG, RESTRICTION, MEASURE)
_INCIDENTS = Given(
    schema={
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": 200},
        "minItems": 1,
        "maxItems": 100,
        "description": "Which incidents leave the counts; without it the one that led to the restriction.",
    },
    expected='a list of the ids of incidents that were counted, such as `["I-12"]`',
    needed=False,
)


def _overturn(deciding: Deciding) -> None:
    """The incidents were none: they leave the counts, and the rules decide again on all that rested on them."""
    one = _contested(deciding)
    _check_other(deciding, one)
    for incident in _incidents(deciding, one):
        about = {"id": incident, "reviewer": deciding.by.name}
        deciding.happened("incident.rejected", which=f":{incident}", incident=about)
    deciding.do()
    left = _contested(deciding)
    if left.standing.is_live:
        lift(deciding, left, "an appeal was granted")
    write(deciding, left, "note", f"the appeal was granted: {deciding.reason}")


def _incidents(deciding: Deciding, one: Restricted) -> list[str]:
    known = dict.fromkeys([one.standing.incident, *(counted.incident for counted in one.standing.counted)])
    known.pop("", None)
    if strange := [name for name in deciding.given.get("incidents", ()) if name not in known]:
        names = ", ".join(f"`{name}`" for name in known)
        message = f"`{strange[0]}` is none of the incidents that it rests on: {names or 'there are none'}"
        raise PayloadError([PayloadProblem(pointer="/incidents", message=message)])
    return list(deciding.given.get("incidents", [one.standing.incident] if one.standing.incident else []))


def _uphold(deciding: Deciding) -> None:
    one = _contested(deciding)
    _check_other(deciding, one)
    deciding.do()
    write(deciding, one, "note", f"the appeal was not granted: {deciding.reason}")


def _check_other(deciding: Deciding, one: Restricted) -> None:
    """Whoever decided on the matter before, when imposing it or at a look at it since, hears no appeal against it."""
    matter = tasks.of_event(deciding.transaction, deciding.tenant, one.event)
    before = [task.document["decided"]["by"] for task in matter if task.kind in _MATTER and "decided" in task.document]
    role = deciding.task.role
    if deciding.by.is_one_of(before):
        message = f"who decided on it before does not hear the appeal; another `{role}` does"
        raise NotYoursError(message, role)
    if before:
        check_known(deciding.task, deciding.by)


def _contested(deciding: Deciding) -> Restricted:
    one = restrictions.get(deciding.transaction, deciding.tenant, deciding.task.document["restriction"])
    assert one is not None  # noqa: S101  it goes with the event that the task came of, or before
    return one


APPEAL = Kind(
    name="appeal",
    names="appeals",
    says="A customer contests a restriction. Somebody hears it who had no part in it, least of all the first decider.",
    choices=(
        Choice(name="uphold", state="upheld", says="the restriction stays", follows=_uphold),
        Choice(
            name="overturn",
            state="overturned",
            says="the restriction is lifted, and what led to it counts no longer",
            follows=_overturn,
            takes={"incidents": _INCIDENTS},
        ),
    ),
)
