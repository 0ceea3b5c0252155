"""What an answer writes to the CRM beside the action that waited for it: notices, ends of restrictions, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.decision import EXECUTE, Action
from careengine.store import outbox
from careengine.store.tasks import task_id

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding
    from careengine.store.restrictions import Restricted


def can_write(deciding: Deciding, kind: str) -> bool:
    """Whether the CRM carries out actions of that type."""
    return kind in deciding.pipeline.deliverable.get(deciding.task.source, ())


def write(deciding: Deciding, one: Restricted, kind: str, text: str, **params: Any) -> None:
    """Have the CRM carry out an action of that type about a restriction; where it cannot, a note tells people to."""
    document, can = one.document, kind != "note" and can_write(deciding, kind)
    about = {name: document["params"][name] for name in ("case", "customer") if name in document["params"]}
    action = Action(
        id=f"a_{task_id(deciding.tenant, kind, one.standing.id, deciding.task.id).partition('_')[2]}",
        type=kind if can else "note",
        status=EXECUTE,
        target=document["target"] if can or "case" not in about else f"case:{about['case']}",
        params={"restriction": one.standing.id, "step": one.standing.step, **params, "text": text, **about},
        policies=tuple(document["policies"]),
        because=f"{deciding.choice.state} by a person",
    )
    deliverable = deciding.pipeline.deliverable.get(deciding.task.source, ())
    told = [action.to_json()]
    outbox.add(
        deciding.transaction, deciding.tenant, document["decision"], document["source"], told, deliverable, deciding.now
    )
