"""What people are asked to decide: opened by decisions, settled once. See `careengine.people` for what follows.

A task is `open` until somebody decides; then its state says what was decided, such as `approved`. It is `withdrawn`
when nobody needs to decide any more, and `expired` when nobody did in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, insert, literal_column, or_, select, update

from careengine.store.prepared import Prepared
from careengine.store.tables import tasks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

OPEN, WITHDRAWN, EXPIRED = "open", "withdrawn", "expired"
_SHORT = 24  # hex digits of an id: 96 bits
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that a person of `role` is asked to decide, until `due_at` if there is such a time.

    `event` is the number of the event that it came of (None: it is about the rules), `source` the adapter of the CRM
    that it is about, `target` where that keeps it, `policy` who asks, `subject` what it is found by (see `about`),
    `employee` whom of the company it is about.
    `document` is all else, as JSON: always `asks`, the question in plain English, and whatever its kind needs.
    """

    id: str
    kind: str
    role: str
    policy: str
    opened_at: datetime
    changed_at: datetime
    document: Mapping[str, Any]
    event: int | None = None
    customer: str | None = None
    source: str = ""
    target: str = ""
    due_at: datetime | None = None
    subject: str | None = None
    employee: str | None = None
    state: str = OPEN
    number: int = field(default=0, compare=False)

    def overdue(self, now: datetime) -> bool:
        """Whether it is open past its time."""
        return self.state == OPEN and self.due_at is not None and self.due_at < now


_COLUMNS = tuple(name for name in Task.__slots__ if name != "number")
_ALL = select(tasks.c.seq, *(tasks.c[name] for name in _COLUMNS)).where(tasks.c.tenant == bindparam("tenant"))
_ADD = Prepared(insert(tasks), ("tenant", *_COLUMNS))
_ONE = Prepared(_ALL.where(tasks.c.id == bindparam("id")))
_IS_OPEN = tasks.c.state == literal_column(f"'{OPEN}'")
_OF_SUBJECT = _ALL.where(tasks.c.subject == bindparam("subject")).order_by(tasks.c.seq)
_ABOUT, _OPEN_ABOUT = Prepared(_OF_SUBJECT), Prepared(_OF_SUBJECT.where(_IS_OPEN))


def task_id(*parts: object) -> str:
    """The id of a task, the same for the same parts: what would be asked twice is asked once."""
    named = [str(part) for part in parts]
    return f"t_{sha256(_BETWEEN.join(named).encode('utf-8', 'replace')).hexdigest()[:_SHORT]}"


def subject_of_task(name: str) -> str:
    """How the audit names a task."""
    return f"task {name}"


def put(transaction: Connection, tenant: str, task: Task) -> bool:
    """Open a task; False when there is one of that id, whatever its state."""
    if get(transaction, tenant, task.id) is not None:
        return False
    _ADD.change(transaction, {"tenant": tenant, **{name: getattr(task, name) for name in _COLUMNS}})
    return True


def get(reader: Connection, tenant: str, name: str) -> Task | None:
    """One task by its id."""
    return next(map(_read, _ONE.rows(reader, {"tenant": tenant, "id": name})), None)


def settle(
    transaction: Connection, tenant: str, name: str, state: str, document: Mapping[str, Any], now: datetime
) -> bool:
    """Give an open task the state that a decision means; False when it is not open any more."""
    still_open = (*_named(tenant, name), tasks.c.state == OPEN)
    values = {"state": state, "document": document, "changed_at": now}
    return transaction.execute(update(tasks).where(*still_open).values(values)).rowcount == 1


def move(
    transaction: Connection,
    tenant: str,
    name: str,
    *,
    role: str,
    due_at: datetime | None,
    document: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Ask another role, until another time; False when the task is not open any more."""
    still_open = (*_named(tenant, name), tasks.c.state == OPEN)
    values = {"role": role, "due_at": due_at, "document": document, "changed_at": now}
    return transaction.execute(update(tasks).where(*still_open).values(values)).rowcount == 1


def of_event(reader: Connection, tenant: str, event: int, kind: str | None = None) -> list[Task]:
    """The tasks that came of an event, the oldest first: all, or those of a kind."""
    query = select(tasks).where(tasks.c.tenant == tenant, tasks.c.event == event).order_by(tasks.c.seq)
    return [_task(row) for row in reader.execute(query if kind is None else query.where(tasks.c.kind == kind))]


def about(reader: Connection, tenant: str, subject: str, *, is_open: bool = True) -> list[Task]:
    """The tasks of that subject, open ones or all, the oldest first, whichever customer they were opened for."""
    asked = _OPEN_ABOUT if is_open else _ABOUT
    return [_read(row) for row in asked.rows(reader, {"tenant": tenant, "subject": subject})]


def open_of_customer(reader: Connection, tenant: str, kind: str, customer: str) -> list[Task]:
    """The open tasks of a kind that are about a customer."""
    mine = tasks.c.tenant == tenant, tasks.c.customer == customer, tasks.c.kind == kind, tasks.c.state == OPEN
    return [_task(row) for row in reader.execute(select(tasks).where(*mine).order_by(tasks.c.seq))]


def page(
    reader: Connection,
    tenant: str,
    limit: int = 50,
    *,
    after: str | None = None,
    state: str | None = OPEN,
    kind: str | None = None,
    roles: Collection[str] | None = None,
    customers: Collection[str] | None = None,
    employee: str | None = None,
    due_before: datetime | None = None,
) -> list[Task]:
    """The open tasks, the most urgent first (those without a time last); of another state, or of all, the newest first.

    `after` is the id of the last task of the page before, `due_before` keeps those whose time is over by then.
    """
    query = select(tasks).where(tasks.c.tenant == tenant).limit(limit)
    for column, wanted in ((tasks.c.state, state), (tasks.c.kind, kind), (tasks.c.employee, employee)):
        query = query if wanted is None else query.where(column == wanted)
    for column, several in ((tasks.c.role, roles), (tasks.c.customer, customers)):
        query = query if several is None else query.where(column.in_(sorted(several)))
    if due_before is not None:
        query = query.where(tasks.c.due_at < due_before)
    last = None if after is None else get(reader, tenant, after)
    return [_task(row) for row in reader.execute(_urgent(query, last) if state == OPEN else _newest(query, last))]


def _urgent(query: Select[Any], last: Task | None) -> Select[Any]:
    due, number = tasks.c.due_at, tasks.c.seq
    query = query.order_by(due.is_(None), due, number)
    if last is None:
        return query
    if last.due_at is None:
        return query.where(due.is_(None), number > last.number)
    return query.where(or_(due.is_(None), due > last.due_at, and_(due == last.due_at, number > last.number)))


def _newest(query: Select[Any], last: Task | None) -> Select[Any]:
    query = query.order_by(tasks.c.seq.desc())
    return query if last is None else query.where(tasks.c.seq < last.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many tasks of a kind are open for a role, how many of them past their time, and the earliest time."""

    kind: str
    role: str
    count: int
    overdue: int
    due_at: datetime | None


def waiting(reader: Connection, tenant: str, now: datetime) -> Iterator[Waiting]:
    """What is open, by kind and role; where nothing is open there is no entry."""
    late = func.sum(case((tasks.c.due_at < now, 1), else_=0))
    counted = select(tasks.c.kind, tasks.c.role, func.count(), late, func.min(tasks.c.due_at))
    counted = counted.where(tasks.c.tenant == tenant, tasks.c.state == OPEN).group_by(tasks.c.kind, tasks.c.role)
    for kind, role, count, overdue, due_at in reader.execute(counted.order_by(tasks.c.kind, tasks.c.role)):
        yield Waiting(kind=kind, role=role, count=count, overdue=int(overdue or 0), due_at=due_at)


def _named(tenant: str, name: str) -> tuple[Any, Any]:
    return tasks.c.tenant == tenant, tasks.c.id == name


def _read(row: Sequence[Any]) -> Task:
    number, *values = row
    return Task(number=number, **dict(zip(_COLUMNS, values, strict=True)))


def _task(row: Row[Any]) -> Task:
    return Task(number=row.seq, **{name: getattr(row, name) for name in _COLUMNS})
