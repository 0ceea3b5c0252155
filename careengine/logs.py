"""Structured logs on standard error: a JSON object a line for machines, or lines for people. Never a secret.

Whatever stands under a name like token, secret, password, key or authorization is masked, however deep, and `text`
(the words of a message) is dropped; so is what an exception says, unless it is one of ours that quotes nobody. Of an
interaction, or a part of one, the fields that the schema marks as personal are masked, by their JSON pointers.
What libraries log through `logging` takes the same way.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from careengine import resources
from careengine.errors import ConfigError, PluginError, StoreError
from careengine.model.catalogue import Catalogue
from careengine.model.masking import MASK, Masking
from careengine.telemetry import spans

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from structlog.typing import Processor

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SECRET = frozenset(
    {"token", "secret", "password", "passwd", "key", "apikey", "authorization", "cookie", "credentials", "signature"}
)
_WORDS_OF_PEOPLE = "text"
_QUOTES_NOBODY = (ConfigError, PluginError, StoreError)


def configure(
    level: str = "info",
    format: str = "json",  # noqa: A002  as the setting is called
    catalogue: Catalogue | None = None,
) -> None:
    """Log from `level` (debug, info, warning, error) up, as `json` or `console` lines.

    `catalogue` says which fields are personal; by default the one without a company's own fields.
    """
    masking = Masking.of(catalogue or Catalogue.from_schema(resources.schema("interaction")))
    number = logging.getLevelNamesMapping()[level.upper()]
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        traced,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _last(format, masking)
    # Our own lines do not pass through `logging`, which takes several times as long; there is one for every request.
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _LINES,
        cache_logger_on_first_use=False,
    )
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.ExtraAdder()], processors=[without_meta, *last]
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(number)
    for library in ("uvicorn", "uvicorn.error", "uvicorn.access", "watchfiles", "alembic", "urllib3"):
        logger = logging.getLogger(library)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(max(number, logging.WARNING))


class _Lines:
    """A logger that writes lines to whatever standard error is at that moment, each as a whole."""

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):  # nobody reads it any more: that must not stop the work it tells of
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = log = msg


_LINES = _Lines()


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment: a program may exchange it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # the base class keeps the one of its start
        return sys.stderr


def _last(style: str, masking: Masking) -> list[Processor]:
    # The masks stand after everything that adds to the entry.
    mask: list[Processor] = [impersonal(masking), masked, without_words]
    if style == "json":
        encode = json.JSONEncoder(default=str).encode  # one for all lines: to make one takes longer than to use it
        return [*mask, lambda _logger, _method, entry: encode(entry)]
    return [*mask, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def impersonal(masking: Masking) -> Processor:
    """A structlog processor: the entry, and every object in it, masked as an interaction is."""

    def inside(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: inside(item) for name, item in masking.document(value).items()}
        if isinstance(value, list) or type(value) is tuple:
            return type(value)(inside(item) for item in value)
        return value

    return lambda _logger, _method, entry: inside(dict(entry))


def traced(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the ids of the trace and the span that the entry belongs to, where there is one."""
    if here := spans.current():
        entry["trace_id"], entry["span_id"] = here.trace, here.span
    return entry


def without_words(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: an exception as its frames and kind, because its message may quote what came in."""
    given = entry.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if given is True:
        error = sys.exc_info()[1]
    if error is not None:
        entry["exception"] = "\n".join(_told(error))
    return entry


def _told(error: BaseException) -> list[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    message = f": {error}" if isinstance(error, _QUOTES_NOBODY) or _is_of_the_system(error) else ""
    frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    return [*(_told(cause) if cause else []), *([frames] if frames else []), f"{type(error).__name__}{message}"]


def _is_of_the_system(error: BaseException) -> bool:
    """A fault of files or sockets. Those of libraries are of the same family, and quote addresses with ids in them."""
    return isinstance(error, OSError) and type(error).__module__ == "builtins"


def masked(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A structlog processor: the entry without secrets and without people's words."""
    return _masked(entry)


def _masked(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: MASK if _is_secret(name) else _inside(value)
        for name, value in entry.items()
        if str(name).lower() != _WORDS_OF_PEOPLE
    }


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return _masked(value)
    if isinstance(value, list) or type(value) is tuple:  # not the named tuple of an exception's frames
        return type(value)(_inside(item) for item in value)
    return value


@lru_cache(maxsize=4096)
def _is_secret(name: object) -> bool:
    words = {word.lower().removesuffix("s") for word in _WORDS.findall(str(name))}
    return bool(words & _SECRET)
