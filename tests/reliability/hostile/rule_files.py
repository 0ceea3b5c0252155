"""Rule files that went wrong, without end: real ones with lines, bytes and values changed, and plain attacks."""

from __future__ import annotations

import random
import re
import resource
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine import resources
from careengine.errors import PolicyError
from careengine.policy import loader
from careengine.policy.codes import CODES
from careengine.policy.fields import site_catalogue
from tests.policy.bench import AS_OF, BASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGEST = 300_000  # letters; a little more than is read
ID = re.compile(r"^id: (\S+)", re.MULTILINE)
CATALOGUE = site_catalogue(None).catalogue
REAL = [path.read_text() for path in sorted(resources.rules_folder().rglob("*.yaml"))] + list(BASES.values())
BOMB = "a: &a {x: 1}\n" + "".join(
    f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)
ATTACKS = [
    BOMB,
    "[" * 50_000,
    "{a: " * 50_000,
    "- " * 50_000,
    "a: &x [*x, *x]\n",
    "".join(f"k{n}: 1\n" for n in range(3000)),
    "id: a\n" * 3000,
    "x: " + "9" * 100_000,
    "x: 0x" + "f" * 100_000,
    "x: 1e" + "9" * 5000,
    "9" * 100_000 + ": 1\n",
    "? " * 20_000,
    "|\n" + " x\n" * 50_000,
    "!" * 50_000,
    "!!python/object/apply:os.system ['true']\n",
    "%TAG ! tag:x,2000:\n---\n!a b\n",
    '"' + "\\x41" * 50_000 + '"',
    "a: 'x\n" * 5000,
    "when: {any: [" + "{field: text, matches: '(a*)*b'}," * 2000 + "]}",
    "# " + "x" * 250_000,
]
PIECES = [
    *(
        "&a ",
        "*a",
        "<<: *a",
        "!!int ",
        "!x ",
        "? ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ": ",
        ",",
        "#",
        "|",
        ">-",
        "%YAML 1.1\n",
        "---\n",
        "...\n",
    ),
    *(
        "\t",
        "\r",
        "\x85",
        "\u2028",
        "\ufeff",
        "\0",
        "\x7f",
        "\u202e",
        "'",
        '"',
        "\\",
        '"\\ud800"',
        "~",
        "NO",
        "on",
        "22:30:00",
    ),
    *(
        "9" * 400,
        "1e999",
        "-.inf",
        ".nan",
        "0o777",
        "1_000",
        "2026-02-30",
        "PT99999999999H",
        "99999999d",
        "-1d",
        "1e400 GBP",
    ),
    *(
        "(a*)*b",
        "(" * 500,
        "[^",
        "\\p{",
        "a{1000}{1000}",
        "all:",
        "any:",
        "not:",
        "field:",
        "count:",
        "within:",
        "between: [",
        "is:",
    ),
]
ENCODINGS = ["utf-16", "utf-32-le", "latin-1", "utf-8-sig", "utf-7", "cp037"]


def files(seed: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents for ever, always the same ones for a seed."""
    chance = random.Random(seed)
    changes: list[Callable[[str, random.Random], str]] = [_lines, _piece, _piece, _cut, _splice, _value]
    while True:
        text = chance.choice(REAL)
        name = ID.search(text)
        if chance.random() < 0.01:
            text = chance.choice(ATTACKS)
        for _ in range(chance.randint(1, 4)):
            text = chance.choice(changes)(text, chance)[:LARGEST]
        content = text.encode("utf-8", "surrogatepass")
        if chance.random() < 0.03:
            content = text.encode(chance.choice(ENCODINGS), "replace")
        elif chance.random() < 0.05:
            content = _flip(content, chance)
        yield name[1] if name else "test", content


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at, what = chance.randrange(len(lines)), chance.randrange(4)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(chance.randrange(len(lines)), lines[at])
    elif what == 2:
        lines[at] = " " * chance.randrange(9) + lines[at].strip()
    else:
        lines[at] = lines[at] * chance.choice([2, 3, 50])
    return "\n".join(lines)


def _piece(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) * chance.choice([1, 1, 1, 2, 60]) + text[at + chance.randrange(5) :]


def _cut(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.randrange(60) :]


def _splice(text: str, chance: random.Random) -> str:
    other = chance.choice(REAL)
    start = chance.randrange(len(other))
    return _piece(text, chance) + other[start : start + chance.randrange(200)]


def _value(text: str, chance: random.Random) -> str:
    """Another value behind some colon."""
    parts = text.split(": ")
    at = chance.randrange(len(parts))
    parts[at] = chance.choice(PIECES) + parts[at][chance.randrange(12) :]
    return ": ".join(parts)


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


@dataclass(slots=True)
class Read:
    """What reading many files came to. `wrong` holds what raised anything but rule errors, or one without a code."""

    files: int = 0
    good: int = 0
    refused: int = 0
    slowest: float = 0.0  # CPU seconds
    slowest_file: bytes = b""
    grown: int = 0  # KB of the process's peak memory, after the first thousand files
    wrong: list[tuple[str, bytes]] = field(default_factory=list)


def read(
    content: Iterator[tuple[str, bytes]], folder: Path, count: int, tell: Callable[[int], object] = lambda _: None
) -> Read:
    """Load and check that many files, one after the other."""
    found, at_first = Read(), 0
    for number in range(count):
        name, body = next(content)
        path = folder / f"{name}{'.json' if number % 20 == 19 else '.yaml'}"
        path.write_bytes(body)
        started = time.process_time()
        _one(path, body, found)
        taken = time.process_time() - started
        if taken > found.slowest:
            found.slowest, found.slowest_file = taken, body
        path.unlink()
        if number == min(1000, count // 2):
            at_first = _peak()
        tell(number + 1)
    found.grown = _peak() - at_first
    return found


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _one(path: Path, body: bytes, found: Read) -> None:
    found.files += 1
    try:
        loader.load([path], CATALOGUE)
        found.good += 1
        problems = loader.check([path], CATALOGUE, as_of=AS_OF)
    except PolicyError as error:
        found.refused += 1
        problems = list(error.problems)
    except BaseException as error:  # noqa: BLE001  this is what is looked for
        found.wrong.append((type(error).__name__, body))
        return
    if strange := [problem.code for problem in problems if problem.code not in CODES]:
        found.wrong.append((strange[0], body))
