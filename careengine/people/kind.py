"""How a kind of task is declared: what a person may answer, what the answer needs, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from careengine.people.deciding import Deciding
    from careengine.store.tasks import Task


def nothing(_: Deciding) -> None:
    """What follows where nothing does."""


def no_change(_: Deciding) -> Sequence[str]:
    """Where nothing that could change is asked again."""
    return ()


def as_given(value: Any) -> Any:
    """A value that is kept as it came."""
    return value


def not_by(task: Task) -> Iterable[str]:
    """Who had a part in it, by the ids of their CRM or as the audit names them: the task's `not_by`."""
    names: Iterable[str] = task.document.get("not_by", ())
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Something that is given with an answer, beside the reason: its JSON Schema, whose `description` says what it is.

    `expected` says what a value must look like, such as `money such as 25.00 GBP`. `read` gives what is kept of a
    value, or raises ValueError for one that the schema cannot refuse. `plain` is for what holds nobody's words: an
    amount, an instant, a choice. Of all else the audit, which never changes, keeps only that it was given.
    """

    schema: Mapping[str, Any]
    expected: str
    needed: bool = True
    read: Callable[[Any], Any] = as_given
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer that a person may give. `state` is what the task is then, `says` what it means, in plain English.

    `follows` does what follows, in the transaction of the answer: when it raises, nothing of the answer was kept.
    Where `acts` is set, something is done that the facts must still speak for: the kind's `changed` is asked first.
    """

    name: str
    state: str
    says: str
    follows: Callable[[Deciding], None] = nothing
    takes: Mapping[str, Given] = field(default_factory=dict)
    acts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of task. `name` is what one is called, `names` several: they stand in addresses and on the command line.

    `says` tells what is asked. The task's role decides, and never one of those that `barred` names. `changed` gives
    what is so no longer since the question was put, a sentence each.
    """

    name: str
    names: str
    says: str
    choices: Sequence[Choice]
    barred: Callable[[Task], Iterable[str]] = not_by
    changed: Callable[[Deciding], Sequence[str]] = no_change

    def choice(self, name: str) -> Choice | None:
        """The answer of that name."""
        return next((choice for choice in self.choices if choice.name == name), None)
