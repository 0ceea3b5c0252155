"""`--with NAME=VALUE`: what a verb is given beside its options, each value read as its JSON Schema has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import orjson

from careengine.cli.given import Name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Pair(click.ParamType[tuple[str, str]]):
    """A name and its value. `apart` are the names that have an argument or an option of their own."""

    name = "pair"

    def __init__(self, *apart: str) -> None:
        self.apart: Collection[str] = apart

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Take it apart. Fails for what is no pair, and for what is said elsewhere."""
        name, equals, text = Name().convert(value, param, ctx).partition("=")
        if not (name and equals):
            self.fail(f"`{value}` is no NAME=VALUE", param, ctx)
        if name in self.apart:
            self.fail(f"`{name}` is not given like this; it has an argument or an option of its own", param, ctx)
        return name, text


def read(pairs: Iterable[tuple[str, str]], schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The values by name: text stays text, such as the id `7`, save quotes around it; all else is read as JSON.

    What no schema knows, and what is no JSON, stays text too: whoever takes the values says what is wrong with it.
    """
    return {name: _value(text, schemas.get(name, {}).get("type", "string") == "string") for name, text in pairs}


def _value(text: str, is_text: bool) -> Any:  # noqa: FBT001  it is passed on
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return text if is_text and not isinstance(value, str) else value
