"""Writes the function that weighs one event against all field indexes of a partition: one AND a field, no calls.

The text holds only positions and the names of fields, which the catalogue knows; operands of rules stay in the
indexes that the function is given.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from careengine.policy.index import ORDERED, TAGS
from careengine.policy.masks import mask_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.value import Value
    from careengine.policy.index import FieldIndex

    Weigh = Callable[[Callable[[str], Value | None]], int]

_TEMPLATE = """
def weigh(get):
 mask = everyone
{body}
 return mask
"""


def weigher(indexes: Sequence[FieldIndex], everyone: int) -> Weigh:
    """A function from a look-up of fields to the mask of the rules whose indexed tests are all true."""
    names: dict[str, Any] = {"everyone": everyone, "bisect": bisect_left, "mask_of": mask_of}
    lines = []
    for number, index in enumerate(indexes):
        names |= {f"{name}{number}": value for name, value in _constants(index).items()}
        lines.append(_STATEMENTS[_shape(index)].replace("#", str(number)).replace("PATH", repr(index.path)))
        lines.append(" if not mask: return 0")
    exec(_TEMPLATE.format(body="\n".join(lines)), names)  # noqa: S102  the text above, and nothing from a rule
    written: Weigh = names["weigh"]
    return written


def _shape(index: FieldIndex) -> str:
    if index.kind in (ORDERED, TAGS):
        return index.kind
    if bool in index.types:
        return "truth"
    if index.rare:
        return "rare word"
    # Without a negative test a value of another type says no more than a value that no rule names.
    return "word" if index.other == index.wrong else "open word"


def _constants(index: FieldIndex) -> Mapping[str, Any]:
    by_value: dict[Any, int] = dict(index.by_value)
    if _shape(index) == "word":
        by_value[None] = index.missing
    return {
        "values": by_value,
        "other": index.other,
        "missing": index.missing,
        "wrong": index.wrong,
        "yes": by_value.get(True, index.other),
        "no": by_value.get(False, index.other),
        "steps": index.steps,
        "cells": index.cells,
        "final": len(index.steps),
        "rare": index.rare,
        "size": index.size,
    }


_STATEMENTS = {
    "word": " mask &= values#.get(get(PATH), other#)",
    "open word": """ value = get(PATH)
 mask &= values#.get(value, other#) if type(value) is str else missing# if value is None else wrong#""",
    "rare word": """ value = get(PATH)
 if type(value) is not str: mask &= missing# if value is None else wrong#
 elif value in rare#: mask &= other# | mask_of(rare#[value], size#)
 else: mask &= values#.get(value, other#)""",
    "truth": """ value = get(PATH)
 mask &= yes# if value is True else no# if value is False else missing# if value is None else wrong#""",
    ORDERED: """ value = get(PATH)
 kind = type(value)
 if (kind is int or kind is float) and value == value:
  step = bisect(steps#, value)
  mask &= cells#[step + step + 1] if step < final# and steps#[step] == value else cells#[step + step]
 else: mask &= missing# if value is None else wrong#""",
    TAGS: """ value = get(PATH)
 if type(value) is tuple:
  found = other#
  for tag in value: found |= values#.get(tag, 0)
  mask &= found
 else: mask &= missing# if value is None else wrong#""",
}
