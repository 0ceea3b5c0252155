"""Works off what came in from one CRM: interactions are completed there and handed on one by one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from careengine.delivery.fate import FINAL
from careengine.delivery.first_contact import remembered
from careengine.errors import ErasedError, PayloadError, Throttled
from careengine.store import events, inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.adapter import Adapter
    from careengine.model.history import Entry
    from careengine.store import Store
    from careengine.store.inbox import Delivery, StillThere

    # `Pipeline.handle`: an interaction, its tenant, what the CRM remembers of its customer, whether it still waits.
    Handle = Callable[[Any, str, Sequence[Entry], StillThere | None], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What comes in through the adapter that is called `name` in the settings."""

    name: str
    adapter: Adapter
    store: Store
    tenant: str
    max_attempts: int
    handle: Handle

    def take(self, delivery: Delivery) -> Exception | None:
        """Hand on every interaction that can be; gives the failure that decides what becomes of the delivery.

        One bad interaction does not hold up the good ones beside it. Of several failures the one that trying again
        may mend comes first; what was handed on before is known by its id and has no second effect.
        """
        last = delivery.attempts >= self.max_attempts
        try:
            found = delivery.found
            brought = self.adapter.parse(delivery.request) if found is None else [found]
        except Exception as error:  # noqa: BLE001  an adapter's failure is an answer here
            return error
        still_there = partial(inbox.waits, tenant=self.tenant, seq=delivery.seq)
        failures = [self._hand_on(one, still_there, last=last) for one in brought]
        return _deciding([failure for failure in failures if failure is not None])

    def _hand_on(self, interaction: Mapping[str, Any], still_there: StillThere, *, last: bool) -> Exception | None:
        try:
            if self._is_known(interaction.get("id")):
                return None  # the CRM is not asked again about what is decided
            # The adapter's name in the settings is the source: two connections to one kind of CRM stay apart.
            whole = {**self.adapter.fetch(interaction), "source": self.name}
            past = remembered(self.adapter, self.store, self.tenant, whole, last=last)
            self.handle(whole, self.tenant, past, still_there)
        except ErasedError:  # meanwhile: nothing of it was kept
            return None
        except Exception as error:  # noqa: BLE001
            return error
        return None

    def _is_known(self, event: Any) -> bool:
        with self.store.read() as reader:
            return isinstance(event, str) and events.known(reader, self.tenant, self.name, event)


def _deciding(failures: list[Exception]) -> Exception | None:
    final = [error for error in failures if isinstance(error, FINAL)]
    passing = [error for error in failures if not isinstance(error, FINAL)]
    if passing:
        return next((error for error in passing if isinstance(error, Throttled)), passing[0])
    refused = [error for error in final if isinstance(error, PayloadError)]
    if len(refused) > 1 and len(refused) == len(final):
        return PayloadError([problem for error in refused for problem in error.problems])
    return final[0] if final else None
