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

    __slots__ = ("entries", "inside", "marks", "step", "steps", "tags", "words")

    def __init__(self, view: View, step: int) -> None:
        self.words, self.tags, self.step, self.steps = view.words, view.tags, step, _STEPS
        self.entries, self.inside = view.opens if step > 0 else view.closes, view.inside
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
        if piece.gap:
            return self._reach(piece.most, place)
        ends = [place]
        while len(ends) <= piece.most:
            end = self.after(piece, ends[-1])
            if end is None:
                break
            ends.append(end)
        return ends

    def _reach(self, most: int, place: int) -> list[int]:
        """The places that a gap reaches; an entry of several words counts as one, its parts can be reached as well."""
        ends = [place]
        for _ in range(most):
            if not 0 <= place < len(self.words) or "end" in self.tags[place]:
                break
            entry = self.entries.get(place)
            if entry is None:
                place += self.step
                ends.append(place)
                continue
            stop = entry.stop if self.step > 0 else entry.first - 1
            ends.extend((stop,) if entry.closed else range(place + self.step, stop + self.step, self.step))
            place = stop
        return ends

    def after(self, piece: Piece, place: int) -> int | None:
        """The place after the piece, taken once; None when it does not stand here. An entry is preferred to a part."""
        if not 0 <= place < len(self.words):
            return None
        entry = self.entries.get(place)
        if entry is not None and (entry.word in piece.words or not piece.classes.isdisjoint(entry.tags)):
            return entry.stop if self.step > 0 else entry.first - 1
        if place in self.inside:
            return None
        if self.words[place] in piece.words or not piece.classes.isdisjoint(self.tags[place]):
            return place + self.step
        for phrase in piece.phrases:
            long = len(phrase)
            first = place if self.step > 0 else place - long + 1
            if first >= 0 and tuple(self.words[first : first + long]) == phrase:
                return place + self.step * long
        return None


def _beside(view: View, pieces: Sequence[Piece], place: int) -> bool:
    """Whether the word next to the anchor rules the form out, which is so for most."""
    if not pieces or not 0 <= place < len(view.words) or place in view.opens or place in view.closes:
        return False
    piece = pieces[0]
    if piece.least == 0 or piece.refused or piece.phrases:
        return False
    return view.words[place] not in piece.words and piece.classes.isdisjoint(view.tags[place])


def match(view: View, form: Form, anchor: int) -> tuple[int, int, list[int]] | None:
    """First and last place of the form whose anchor stands at `anchor`, and its places of evidence; None without."""
    wide = form.anchor.phrases or anchor in view.opens
    if _beside(view, form.left, anchor - 1) or (not wide and _beside(view, form.right, anchor + 1)):
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
