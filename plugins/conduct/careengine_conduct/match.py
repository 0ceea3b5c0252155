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
            return None if self.after(piece, place) is not None else self.go(pieces, at + 1, place)
        ends = self._ends(piece, place)
        tries = range(piece.least, len(ends)) if piece.gap else range(len(ends) - 1, piece.least - 1, -1)
        for count in tries:
            self.steps -= 1
            if self.steps < 0:
                return None
            marked = len(self.marks)
            if piece.evidence:
                self.marks.extend(range(place, ends[count], self.step))
            found = self.go(pieces, at + 1, ends[count])
            if found is not None:
                return found
            del self.marks[marked:]
        return None

    def _ends(self, piece: Piece, place: int) -> list[int]:
        """Where the piece ends when it is taken no time, once, twice and so on."""
        ends = [place]
        while len(ends) <= piece.most:
            end = self.after(piece, ends[-1])
            if end is None:
                break
            ends.append(end)
        return ends

    def after(self, piece: Piece, place: int) -> int | None:
        """The place after the piece, taken once; None when it does not stand here."""
        if not 0 <= place < len(self.words):
            return None
        tags = self.tags[place]
        if piece.gap:
            return None if "end" in tags else place + self.step
        if self.words[place] in piece.words or not piece.classes.isdisjoint(tags):
            return place + self.step
        for phrase in piece.phrases:
            long = len(phrase)
            first = place if self.step > 0 else place - long + 1
            if first >= 0 and tuple(self.words[first : first + long]) == phrase:
                return place + self.step * long
        return None


def _beside(view: View, pieces: Sequence[Piece], place: int) -> bool:
    """Whether the word next to the anchor rules the form out, which is so for most."""
    if not pieces or not 0 <= place < len(view.words):
        return False
    piece = pieces[0]
    if piece.least == 0 or piece.refused or piece.phrases:
        return False
    return view.words[place] not in piece.words and piece.classes.isdisjoint(view.tags[place])


def match(view: View, form: Form, anchor: int) -> tuple[int, int, list[int]] | None:
    """First and last place of the form whose anchor stands at `anchor`, and its places of evidence; None without."""
    if _beside(view, form.left, anchor - 1) or (not form.anchor.phrases and _beside(view, form.right, anchor + 1)):
        return None
    right = _Walk(view, 1)
    end = right.after(form.anchor, anchor)
    if end is None:
        return None
    last = right.go(form.right, 0, end)
    if last is None:
        return None
    left = _Walk(view, -1)
    first = left.go(form.left, 0, anchor - 1)
    if first is None:
        return None
    return first + 1, last - 1, sorted([*left.marks, *range(anchor, end), *right.marks])
