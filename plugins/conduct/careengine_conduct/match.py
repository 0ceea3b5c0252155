"""Finds forms in a sentence, from the anchor outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine_conduct.forms import Form, Piece
    from careengine_conduct.view import View

_STEPS = 160  # tried for one form at one anchor; no form of a sane length needs as many


class _Walk:
    """One try at one side of a form; gives up after a bounded number of steps."""

    __slots__ = ("marks", "step", "steps", "tags", "words")

    def __init__(self, view: View, step: int) -> None:
        self.words, self.tags, self.step, self.steps = view.words, view.tags, step, _STEPS
        self.marks: list[int] = []

    def go(self, pieces: Sequence[Piece], at: int, place: int) -> int | None:
        """The place after the last piece, or None."""
        if at == len(pieces):
            return place
        piece = pieces[at]
        if piece.refused:
            return None if self._fits(piece, place) else self.go(pieces, at + 1, place)
        reach = self._reach(piece, place)
        if reach < piece.least:
            return None
        counts = range(piece.least, reach + 1) if piece.gap else range(reach, piece.least - 1, -1)
        for count in counts:
            self.steps -= 1
            if self.steps < 0:
                return None
            marked = len(self.marks)
            if piece.evidence:
                self.marks.extend(place + self.step * one for one in range(count))
            found = self.go(pieces, at + 1, place + self.step * count)
            if found is not None:
                return found
            del self.marks[marked:]
        return None

    def _reach(self, piece: Piece, place: int) -> int:
        count = 0
        while count < piece.most and self._fits(piece, place + self.step * count):
            count += 1
        return count

    def _fits(self, piece: Piece, place: int) -> bool:
        if not 0 <= place < len(self.words):
            return False
        tags = self.tags[place]
        if piece.gap:
            return "end" not in tags
        return self.words[place] in piece.words or not piece.classes.isdisjoint(tags)


def match(view: View, form: Form, anchor: int) -> tuple[int, int, list[int]] | None:
    """First and last place of the form whose anchor stands at `anchor`, and its places of evidence; None without."""
    right = _Walk(view, 1)
    last = right.go(form.right, 0, anchor + 1)
    if last is None:
        return None
    left = _Walk(view, -1)
    first = left.go(form.left, 0, anchor - 1)
    if first is None:
        return None
    return first + 1, last - 1, sorted([*left.marks, anchor, *right.marks])
