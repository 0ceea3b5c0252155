"""Finds forms in a sentence, from the anchor outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine_conduct.forms import Form, Piece
    from careengine_conduct.view import View

_STEPS = 160  # tried for one form at one anchor; no form of a sane length needs as many


class _Walk:
    """A way through a message; one try at one side of a form gives up after a bounded number of steps."""

    __slots__ = ("entries", "inside", "marks", "step", "steps", "tags", "words")

    def __init__(self, view: View, step: int) -> None:
        self.words, self.tags, self.step = view.words, view.tags, step
        self.entries, self.inside = view.opens if step > 0 else view.closes, view.inside
        self.marks: list[int] = []
        self.steps = 0

    def side(self, pieces: Sequence[Piece], place: int) -> int | None:
        """The place after the last piece of one side of a form, or None; `marks` are then its evidence."""
        self.marks = []
        self.steps = _STEPS
        return self._go(pieces, 0, place)

    def _go(self, pieces: Sequence[Piece], at: int, place: int) -> int | None:
        for then in range(at, len(pieces)):
            piece = pieces[then]
            if piece.refused:
                if self.after(piece, place) is not None:
                    return None
            elif piece.least == piece.most == 1:
                end = self.after(piece, place)
                if end is None:
                    return None
                self.steps -= 1
                if self.steps < 0:
                    return None
                if piece.evidence:
                    self.marks.extend(range(place, end, self.step))
                place = end
            else:
                return self._often(pieces, then, place)
        return place

    def _often(self, pieces: Sequence[Piece], at: int, place: int) -> int | None:
        """The place after the last piece, of which the first may be taken more or less often."""
        piece = pieces[at]
        ends = self._ends(piece, place)
        tries = range(piece.least, len(ends)) if piece.gap else range(len(ends) - 1, piece.least - 1, -1)
        for count in tries:
            self.steps -= 1
            if self.steps < 0:
                return None
            marked = len(self.marks)
            if piece.evidence:
                self.marks.extend(range(place, ends[count], self.step))
            found = self._go(pieces, at + 1, ends[count])
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
        if place in self.entries:
            entry = self.entries[place]
            if entry.word in piece.words or not piece.classes.isdisjoint(entry.tags):
                return entry.stop if self.step > 0 else entry.first - 1
        if place in self.inside:
            return None
        word = self.words[place]
        if word in piece.words or not piece.classes.isdisjoint(self.tags[place]):
            return place + self.step
        for phrase in piece.phrases:
            if word == (phrase[0] if self.step > 0 else phrase[-1]):
                long = len(phrase)
                first = place if self.step > 0 else place - long + 1
                if first >= 0 and tuple(self.words[first : first + long]) == phrase:
                    return place + self.step * long
        return None


class Matcher:
    """Finds forms in one message."""

    __slots__ = ("_left", "_right", "_view")

    def __init__(self, view: View) -> None:
        self._view, self._left, self._right = view, _Walk(view, -1), _Walk(view, 1)

    def match(self, form: Form, anchor: int) -> tuple[int, int, list[int]] | None:
        """First and last place of the form whose anchor stands at `anchor`, and its places of evidence, or None."""
        if self._ruled_out(form.before, anchor - 1):
            return None
        if form.after is not None and anchor not in self._view.opens and self._ruled_out(form.after, anchor + 1):
            return None
        left, right = self._left, self._right
        end = right.after(form.anchor, anchor)
        if end is None:
            return None
        last = right.side(form.right, end)
        first = None if last is None else left.side(form.left, anchor - 1)
        if last is None or first is None:
            return None
        return first + 1, last - 1, sorted([*left.marks, *range(anchor, end), *right.marks])

    def _ruled_out(self, piece: Piece | None, place: int) -> bool:
        """Whether the word next to the anchor rules the form out, which is so for most."""
        view = self._view
        return (
            piece is not None
            and 0 <= place < len(view.words)
            and view.words[place] not in piece.words
            and piece.classes.isdisjoint(view.tags[place])
            and place not in view.opens
            and place not in view.closes
        )
