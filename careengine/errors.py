"""Every error careengine raises on purpose, grouped by what the catcher does about it.

::

    CareError
    ├── ConfigError              fix a file and start again
    │   ├── SettingsError
    │   └── PolicyError          carries every `Problem` found, not only the first
    ├── PluginError              the plugin is quarantined, the rest goes on
    ├── InboundError             answer the sender; `status` is the HTTP status
    │   ├── SignatureError       401
    │   ├── UnknownAdapterError  404
    │   ├── UnknownDecisionError 404
    │   ├── ErasedError          410
    │   ├── PayloadError         422, with the JSON pointer of each fault
    │   └── TaskError            a person's decision was not taken
    │       ├── UnknownTaskError 404
    │       ├── NotYoursError    403, with the role that may
    │       ├── SettledError     409, with the present state
    │       └── ChangedError     409, with what changed since it was asked
    ├── RestrictedError          lift the person's restriction first, then erase
    ├── EvaluationError          becomes a fault in the decision, never escapes
    ├── AdapterError             what became of one call to a CRM
    │   ├── Throttled            try again after so many seconds
    │   ├── Retryable            try again with backoff
    │   ├── Conflict             read again, then decide
    │   ├── NotFound             the record is gone: park
    │   ├── AuthError            a person must mend the credentials: all wait for that
    │   ├── Rejected             the CRM refuses this action: park
    │   ├── Unsupported          this adapter cannot do this action: park
    │   └── OutcomeUnknown       let it settle, re-read, never resend
    └── StoreError               the database could not keep it: nothing was acknowledged
        └── Overloaded           too much waits already: come back in a moment
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a file, at its place.

    `code` is a stable `CE…` number, `line` and `column` count from 1 (0: the file as a whole), `pointer` is
    the JSON pointer of the value, `excerpt` the line as it stands in the file, `suggestion` what to write instead,
    `example` an event that shows it, as JSON: `{"event": {…}}`, with `history` beside it when rules count.
    """

    code: str
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    pointer: str = ""
    excerpt: str = ""
    suggestion: str = ""
    severity: str = "error"
    example: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        hint = f"; {self.suggestion}" if self.suggestion else ""
        return f"{place}: {self.code} {self.message}{hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadProblem:
    """One fault in JSON from outside: where (JSON pointer) and what was expected; never what was found.

    `place` is the pointer as far as its names are known to us: the rest are words of the sender's. None: all of it.
    """

    pointer: str
    message: str
    place: str | None = None


class CareError(Exception):
    """The root of everything careengine raises on purpose."""


class ConfigError(CareError):
    """A file must be mended before careengine can go on."""


class SettingsError(ConfigError):
    """The settings are wrong; the message names the setting and where it was read."""


class PolicyError(ConfigError):
    """Rule files are wrong. `problems` holds every one found, in the order of files and lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PluginError(CareError):
    """A plugin cannot be used; it is quarantined and the rest goes on."""


class InboundError(CareError):
    """What came in cannot be taken. `status` is the HTTP status of the answer."""

    status = 400


class SignatureError(InboundError):
    """The sender did not prove who it is."""

    status = 401


class UnknownAdapterError(InboundError):
    """No adapter of that name is configured."""

    status = 404


class UnknownDecisionError(InboundError):
    """No decision of that id is kept."""

    status = 404


class ErasedError(InboundError):
    """What came in again, or is asked for, was erased: it is not decided a second time."""

    status = 410


class PayloadError(InboundError):
    """The body does not fit its schema. `problems` holds every fault found, for the sender.

    As text it may be logged and kept: the names of members that the schema does not know are left out.
    """

    status = 422

    def __init__(self, problems: Sequence[PayloadProblem]) -> None:
        self.problems = tuple(problems)
        places = [problem.pointer if problem.place is None else problem.place for problem in self.problems]
        said = [f"{place or '/'}: {problem.message}" for place, problem in zip(places, self.problems, strict=True)]
        super().__init__("; ".join(said))


class IdentityError(PayloadError):
    """What it tells of who is who cannot be, as things stand: nobody was merged, or they are one already."""

    status = 409


class TaskError(InboundError):
    """A person's decision on a task was not taken, and nothing of it was kept."""


class UnknownTaskError(TaskError):
    """There is no such task."""

    status = 404


class NotYoursError(TaskError):
    """Somebody else decides this: a person of `role` who had no part in what it is about."""

    status = 403

    def __init__(self, message: str, role: str) -> None:
        self.role = role
        super().__init__(message)


class SettledError(TaskError):
    """It was decided before, or nobody needs to any more: `state` says how it is now."""

    status = 409

    def __init__(self, message: str, state: str) -> None:
        self.state = state
        super().__init__(message)


class ChangedError(TaskError):
    """What the question was made of is so no longer. `changed` says what, a sentence each."""

    status = 409

    def __init__(self, changed: Sequence[str]) -> None:
        self.changed = tuple(changed)
        super().__init__(f"since this was asked, {'; '.join(changed)}; say `even_though` to decide it all the same")


class RestrictedError(CareError):
    """A person is not erased while the CRM restricts them for us: nobody would ever lift it. Nothing was removed."""


class EvaluationError(CareError):
    """A policy could not be evaluated; it becomes a fault in the decision."""


class AdapterError(CareError):
    """A call to a CRM did not succeed; the subclass says what to do next.

    The message is the adapter's own and is logged. `said` are the CRM's words, which may name people: they are kept
    with the action for whoever may settle it, and never logged.
    """

    def __init__(self, message: str = "", *, said: str = "") -> None:
        self.said = said
        super().__init__(message)


class Throttled(AdapterError):  # noqa: N818  named for what the CRM said
    """The CRM asks for patience: try again after `after` seconds."""

    def __init__(self, after: float, message: str = "", *, said: str = "") -> None:
        self.after = after
        super().__init__(message or f"asked to wait {after:g} s", said=said)


class Retryable(AdapterError):  # noqa: N818
    """Nothing was changed and a later try may succeed."""


class Conflict(AdapterError):  # noqa: N818
    """The record changed since it was read: read again before deciding what to write."""


class NotFound(AdapterError):  # noqa: N818
    """The record does not exist in the CRM."""


class AuthError(AdapterError):
    """The CRM refuses our credentials; a person must mend them."""


class Rejected(AdapterError):  # noqa: N818
    """The CRM understood the action and refuses it."""


class Unsupported(AdapterError):  # noqa: N818
    """The adapter cannot do this kind of action."""


class OutcomeUnknown(AdapterError):  # noqa: N818
    """The call may or may not have changed the CRM, or may still: let it settle, re-read, never resend."""


class StoreError(CareError):
    """The database could not keep what it was given; nothing of it was kept.

    `told` says why to whoever asked from outside, who is not to know where the database lies; empty: there is no more
    to say.
    """

    def __init__(self, message: str, told: str = "") -> None:
        self.told = told
        super().__init__(message)


class Overloaded(StoreError):  # noqa: N818  named for what happened
    """Too much waits to be kept already; come back in a moment."""
