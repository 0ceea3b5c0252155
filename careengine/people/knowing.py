"""Who is who: nobody has two says in a matter, and nobody of whom that cannot be told has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.errors import NotYoursError
from careengine.people.actor import ANYBODY
from careengine.people.widening import YES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.people.actor import Actor
    from careengine.store.tasks import Task


def check_known(task: Task, by: Actor) -> None:
    """Whether it can be told what this one had a part in. Raises NotYoursError, which says how it can."""
    if not by.known:
        message = (
            f"whether you had a part in it is not known, because `{by.name}` is no employee here; "
            f'the setting `people.employees` says who is who, such as `agent-17 = ["{by.name}"]`'
        )
        raise NotYoursError(message, task.role)


def check_second(task: Task, by: Actor, others: Sequence[Task]) -> None:
    """Where several roles are asked, as many people agree. Raises NotYoursError for one who agreed before."""
    if not others or ANYBODY in by.roles:
        return
    said = [other for other in others if other.state in YES and by.is_one_of([other.document["decided"]["by"]])]
    if said:
        message = f"you agreed for `{said[0].role}` already, and where two roles are asked two people agree"
        raise NotYoursError(f"{message}; another `{task.role}` does", task.role)
    check_known(task, by)
