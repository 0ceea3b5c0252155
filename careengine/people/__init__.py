"""What people decide: approvals, flags, restrictions, reviews and whatever else a decision leaves to a person.

All of it are tasks (`careengine.store.tasks`), and there is one machinery for them: who may decide, once, with a
reason, what follows, and the audit. To add a kind:

1. Declare it in a file of its own in `careengine/people/kinds/`: a `Kind` with its `Choice`s. A choice names the state
   that the task has then, what must be given beside the reason (`takes`), and a function for what follows.
2. What follows gets a `Deciding`, whose transaction is open: `do()` and `let_be()` settle the waiting action,
   `happened("incident.confirmed", …)` has the rules decide on an event of our own, `remember(…)` adds to the history,
   `withdraw(task)` closes another task. Whatever it raises undoes the whole answer.
3. Name it in `careengine/people/kinds/__init__.py`: from there it has its addresses, its verb and its page in the docs.
4. Open it: for an action of a type of its own one line in `careengine.pipeline.asking.KIND_OF_ACTION`, else
   `tasks.put(transaction, tenant, Task(…))` in the transaction of what it comes of. `document["not_by"]` names those
   who must not decide it; `document["asks"]` says in plain English what is asked.
"""

from careengine.people.actor import Actor, actor_of
from careengine.people.kind import Choice, Given, Kind
from careengine.people.kinds import KINDS
from careengine.people.people import People

__all__ = ["KINDS", "Actor", "Choice", "Given", "Kind", "People", "actor_of"]
