"""What the pipeline is to decide on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.history import Entry
    from careengine.model.interaction import Interaction
    from careengine.model.value import Value
    from careengine.store.inbox import StillThere


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A tenant's event, read and checked, with all that came with it.

    `fields` are the interaction's with the signals of plugins. `past` is what the CRM remembers of the customer; with
    a new event it is considered and kept. `still_there` is asked inside the transaction whether what told of the event
    is.
    """

    tenant: str
    interaction: Interaction
    fields: Mapping[str, Value]
    past: Sequence[Entry] = ()
    still_there: StillThere | None = None
