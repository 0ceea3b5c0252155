"""Measures speed and size: `python -m training.speed`. Times are of the processor; a busy machine changes little."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import careengine_conduct
from careengine_conduct import read
from careengine_conduct.language import CORE

from training.corpora import NoDataError, mark, rows

_IMPORT = "import time; a = time.process_time(); import careengine_conduct; print(time.process_time() - a)"
_SAMPLE = 17  # one message of so many is timed, so that all authors, categories and languages have a part
_PROSE = 97  # and one of so many stands in the prose
HOSTILE = {
    "one word again and again": "idiot " * 833,
    "threat words": "i will kill kill kill you " * 192,
    "one letter": "a" * 5000,
    "spaced letters": "f u c k y o u " * 357,
    "masks": "f*** sh!t b*tch " * 312,
    "dashes": "-" * 5000,
    "long dashes": "\u2014" * 5000,
    "quotes": "\"'" * 2500,
    "accents": "é" * 5000,
    "mods": "you are so very really " * 217,
    "an insult again and again": "you are an idiot " * 294,
    "all kinds of abuse": "you stupid bitch i will kill you and your family fuck off die slut " * 76,
    "four languages": "you are du bist eres un idiot Arschloch puta connard " * 96,
}


def milliseconds(text: str, times: int = 5) -> float:
    """The fastest of some readings."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        read(text)
        best = min(best, time.process_time() - start)
    return best * 1000


def texts() -> list[str]:
    """Messages as customers write them: the plugin's own, and the bank's where they are there."""
    found = [row.text for row in rows("own")[::_SAMPLE]]
    try:
        found += [row.text for row in rows("banking77")[::_SAMPLE]]
    except NoDataError as missing:
        print(f"without: {missing}")  # noqa: T201
    return found


def abuse(*languages: str) -> str:
    """5,000 letters of our own abusive messages, by many hands one after the other."""
    found = (row.text for row in rows("own") if row.abusive and row.language in languages)
    return " ".join(sorted(found, key=mark))[:5000]


def main() -> None:
    """Prints the figures."""
    read("hello, the first reading loads the data")
    spent = sorted(milliseconds(text, 3) for text in texts())
    print(f"95th percentile a message: {spent[len(spent) * 95 // 100]:.3f} ms of {len(spent)}")  # noqa: T201
    print(f"median {spent[len(spent) // 2]:.3f} ms, slowest {spent[-1]:.3f} ms")  # noqa: T201
    prose = " ".join(row.text for row in rows("own")[::_PROSE])[:5000]
    print(f"5,000 characters of messages: {milliseconds(prose):.2f} ms")  # noqa: T201
    print(f"5,000 characters of abuse in English: {milliseconds(abuse('en')):.2f} ms")  # noqa: T201
    print(f"5,000 characters of abuse in four languages: {milliseconds(abuse(*CORE)):.2f} ms")  # noqa: T201
    for name, text in HOSTILE.items():
        print(f"5,000 characters, {name}: {milliseconds(text[:5000]):.2f} ms")  # noqa: T201
    taken = [float(subprocess.check_output([sys.executable, "-c", _IMPORT])) for _ in range(5)]  # noqa: S603
    print(f"import: {min(taken) * 1000:.1f} ms")  # noqa: T201
    folder = Path(careengine_conduct.__file__).parent
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.suffix in (".py", ".json", ".bin"))
    print(f"size: {size / 1e6:.2f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
