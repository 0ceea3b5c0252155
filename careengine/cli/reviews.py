"""What people found of flagged conduct, as verbs of plugins ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.cli.workspace import kept, settings_with
from careengine.pipeline.asking import FLAG
from careengine.store import tasks
from careengine.store.tasks import OPEN, WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.cli.program import Program
    from careengine.store.tasks import Task

_PAGE = 500


def reviews(program: Program) -> Iterator[dict[str, Any]]:
    """See `Program.reviews`."""
    settings = settings_with(program)
    with kept(settings) as store:
        last: str | None = None
        while True:
            with store.read() as reader:
                page = tasks.page(reader, settings.tenant, _PAGE, after=last, state=None, kind=FLAG)
            yield from (_told(task) for task in page if task.state not in (OPEN, WITHDRAWN))
            if len(page) < _PAGE:
                return
            last = page[-1].id


def _told(task: Task) -> dict[str, Any]:
    decided = task.document["decided"]
    return {
        "verdict": task.state,
        "because_of": decided.get("because_of"),
        "category": decided.get("category"),
        "severity": decided.get("severity"),
        "policy": task.policy,
        "signals": task.document.get("signals", {}),
    }
