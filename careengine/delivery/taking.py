"""Works off one webhook delivery: its interactions are completed from the CRM and handed on one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.delivery.fate import FINAL
from careengine.errors import PayloadError, Throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from careengine.model.adapter import Adapter, WebhookRequest


def take(
    adapter: Adapter, name: str, request: WebhookRequest, handle: Callable[[Mapping[str, Any]], object]
) -> Exception | None:
    """Hand on every interaction that can be; gives the failure that decides what becomes of the delivery.

    One bad interaction does not hold up the good ones beside it. Of several failures the one that trying again may
    mend comes first; what was handed on before is known by its id and has no second effect.
    """
    try:
        events = adapter.parse(request)
    except Exception as error:  # noqa: BLE001  an adapter's failure is an answer here
        return error
    failures: list[Exception] = []
    for event in events:
        try:
            # The adapter's name in the settings is the source: two connections to one kind of CRM stay apart.
            handle({**adapter.fetch(event), "source": name})
        except Exception as error:  # noqa: BLE001
            failures.append(error)
    return _deciding(failures)


def _deciding(failures: list[Exception]) -> Exception | None:
    final = [error for error in failures if isinstance(error, FINAL)]
    passing = [error for error in failures if not isinstance(error, FINAL)]
    if passing:
        return next((error for error in passing if isinstance(error, Throttled)), passing[0])
    refused = [error for error in final if isinstance(error, PayloadError)]
    if len(refused) > 1 and len(refused) == len(final):
        return PayloadError([problem for error in refused for problem in error.problems])
    return final[0] if final else None
