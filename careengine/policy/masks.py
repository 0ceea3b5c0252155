"""Sets of rules as masks: bit n of a Python integer stands for rule n, so that one AND weighs thousands of rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONG = 2048  # from here on it is quicker to look for bytes with a bit than to shift the whole mask for each bit
_SOME = re.compile(rb"[^\0]")


def mask_of(bits: Iterable[int], size: int) -> int:
    """The mask of some rules out of `size`, in time linear in both."""
    octets = bytearray((size + 7) // 8)
    for bit in bits:
        octets[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(octets, "little")


def bits_of(mask: int) -> Iterator[int]:
    """The rules of a mask, in rising order."""
    if mask.bit_length() > _LONG:
        octets = mask.to_bytes((mask.bit_length() + 7) // 8, "little")
        for found in _SOME.finditer(octets):
            start = found.start() * 8
            for bit in bits_of(octets[found.start()]):
                yield start + bit
        return
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
