"""What a customer is told, as ops wrote it: one text, or one for each language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Templates by language (`de`, `de-AT`); a single text for every language stands under an empty name."""

    texts: Mapping[str, str]

    def language_for(self, *wanted: str) -> str:
        """The language of the first wish that there is a text for: `de-AT`, else `de`.

        For all others it is English, and without English the first language of the alphabet.
        """
        written = {_plain(language): language for language in self.texts}
        for wish in wanted:
            plain = _plain(wish)
            if found := next((written[each] for each in (plain, plain.partition("-")[0]) if each in written), None):
                return found
        return written.get(ENGLISH) or min(self.texts)

    def said(self) -> Iterator[tuple[str, str]]:
        """Each language with its text, by the alphabet."""
        return iter(sorted(self.texts.items()))


def _plain(language: str) -> str:
    return language.strip().replace("_", "-").casefold()
