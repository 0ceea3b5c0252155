"""Asks every configured CRM how it is, with a limit on how long that may take."""

from __future__ import annotations

from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING

from careengine.app.adapters import Adapters
from careengine.errors import AdapterError, AuthError, SettingsError
from careengine.model.adapter import Health
from careengine.model.finding import NOTHING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.host import Host
    from careengine.model.adapter import Adapter
    from careengine.settings import Settings


def ask_adapters(settings: Settings, host: Host, seconds: float) -> Iterator[Finding]:
    """Make every configured adapter and ask all CRMs at once; `seconds` is how long they may take together."""
    if not settings.adapters:
        do = "nothing, or add `[adapters.<name>]` to write decisions back to a CRM"
        yield Finding(check="adapters", ok=True, found="none is configured; answers go out over HTTP only", do=do)
    asked: list[tuple[str, SimpleQueue[Health | BaseException]]] = []
    for name, wanted in settings.adapters.items():
        try:
            made = Adapters.make(replace(settings, adapters=MappingProxyType({name: wanted})), host)
        except SettingsError as error:
            for line in str(error).splitlines():
                yield Finding(check=f"adapter {name}", ok=False, found=line, do=f"mend `[adapters.{name}]`")
            continue
        for why in made.broken.values():
            do = "`careengine plugins` lists what is at work; install, mend or update its plugin"
            yield Finding(check=f"adapter {name}", ok=False, found=why, do=do)
        asked += [(name, _ask(adapter)) for adapter, _ in made.working.values()]
    until = monotonic() + seconds
    for name, answer in asked:
        yield _health(name, answer, max(until - monotonic(), 0), seconds)


def _ask(adapter: Adapter) -> SimpleQueue[Health | BaseException]:
    """Ask for its health in a thread of its own: a CRM that hangs must not hang us."""
    answer: SimpleQueue[Health | BaseException] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(adapter.health())
        except BaseException as error:  # noqa: BLE001  whatever an adapter raises is the finding
            answer.put(error)

    Thread(target=ask, daemon=True).start()
    return answer


def _health(name: str, answer: SimpleQueue[Health | BaseException], wait: float, seconds: float) -> Finding:
    check, reach = f"adapter {name}", f"see whether the address in `[adapters.{name}]` is right and reachable from here"
    try:
        health = answer.get(timeout=wait)
    except Empty:
        return Finding(check=check, ok=False, found=f"no answer within {seconds:g} s", do=reach)
    if isinstance(health, Health):
        do = NOTHING if health.ok else f"see whether the address and the credentials in `[adapters.{name}]` are right"
        return Finding(check=check, ok=health.ok, found=health.detail, do=do)
    if isinstance(health, AuthError):
        return Finding(check=check, ok=False, found=str(health), do=f"renew the credentials in `[adapters.{name}]`")
    said = str(health) if isinstance(health, AdapterError) else f"its plugin failed ({type(health).__name__})"
    return Finding(check=check, ok=False, found=said, do=reach)
