"""A rule file as text: read without ever hanging, decoded, and free of characters that nobody sees."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from careengine.errors import PolicyError, Problem
from careengine.policy.limits import FILE_BYTES, say_size

if TYPE_CHECKING:
    from pathlib import Path

_LINE_END = re.compile(r"\r\n|\n|\r")
# Also what turns or hides the letters after it: people would then read another rule than the machine. The joiners and
# direction marks that words of some languages need are left alone.
HIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|[\u200b\u2060-\u2064\u2066-\u206f]"
)
_NO_BREAK_INDENT = re.compile("^[ \t]*(\xa0)", re.MULTILINE)
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SAVE_AS = "save it as UTF-8"


@dataclass(frozen=True)
class Source:
    """A file's name, as people write it, and its text."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return _LINE_END.split(self.text)

    def line(self, number: int) -> str:
        """A line by its number, counted from 1; empty when there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def problem(
        self, code: str, message: str, place: tuple[int, int], *, pointer: str = "", suggestion: str = ""
    ) -> Problem:
        """A problem at a place of this file."""
        line, column = place
        return Problem(
            code=code,
            message=message,
            path=self.path,
            line=line,
            column=column,
            pointer=pointer,
            excerpt=self.line(line),
            suggestion=suggestion,
        )


def display(path: Path) -> str:
    """A path as it may be printed, whatever bytes are in it."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def read_source(path: Path) -> Source:
    """The text of a file. Raises PolicyError."""
    name = display(path)
    source = Source(name, _decode(name, read_bytes(path)))
    _refuse_hidden(source)
    return source


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most 256 KB. Raises PolicyError."""
    name = display(path)
    try:
        # Without O_NONBLOCK, opening a pipe waits for somebody to write to it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise PolicyError([cannot_open(name, error)]) from error
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            kind = "a folder" if stat.S_ISDIR(before.st_mode) else "a pipe or device"
            raise PolicyError([Problem(code="CE103", message=f"this is {kind}, not a file", path=name)])
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(FILE_BYTES.most + 1)
        after = os.fstat(descriptor)
    except OSError as error:
        raise PolicyError([cannot_open(name, error)]) from error
    finally:
        os.close(descriptor)
    _refuse_large(name, max(len(content), after.st_size))
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        # Half a policy may be a good one: without its exception, say.
        message = "the file was changed while it was read"
        raise PolicyError([Problem(code="CE123", message=message, path=name, suggestion="try again")])
    return content


def _refuse_large(name: str, size: int) -> None:
    if size > FILE_BYTES.most:
        message = f"the file has {say_size(size)}; at most {FILE_BYTES} are read"
        raise PolicyError([Problem(code="CE106", message=message, path=name, suggestion="keep one policy in a file")])


def cannot_open(name: str, error: OSError | ValueError) -> Problem:
    """Why a file or folder could not be opened, as a problem."""
    if isinstance(error, FileNotFoundError):
        return Problem(code="CE101", message="there is no file or folder of this name", path=name)
    if isinstance(error, IsADirectoryError):
        return Problem(code="CE103", message="this is a folder, not a file", path=name)
    if isinstance(error, OSError) and error.errno == errno.ENXIO:
        return Problem(code="CE103", message="this is a socket or device, not a file", path=name)
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Problem(code="CE102", message=f"cannot be opened: {why.lower()}", path=name)


def _decode(name: str, content: bytes) -> str:
    for mark, encoding in _OTHER_ENCODINGS:
        if content.startswith(mark):
            message = f"the file is in {encoding}, not UTF-8"
            raise PolicyError([Problem(code="CE107", message=message, path=name, suggestion=_SAVE_AS)])
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        good = Source(name, content[: error.start].decode("utf-8"))
        place = (len(good.lines), len(good.lines[-1]) + 1)
        message = f"the byte {content[error.start]:#04x} is not UTF-8"
        raise PolicyError([good.problem("CE107", message, place, suggestion=_SAVE_AS)]) from error


def _refuse_hidden(source: Source) -> None:
    problems = []
    if found := HIDDEN.search(source.text):
        problems.append(_hidden(source, found.start(), f"the character U+{ord(found[0]):04X} cannot be seen"))
    if found := _NO_BREAK_INDENT.search(source.text):
        problems.append(_hidden(source, found.start(1), "the indentation holds a no-break space (U+00A0)"))
    if problems:
        raise PolicyError(problems)


def _hidden(source: Source, index: int, message: str) -> Problem:
    before = _LINE_END.split(source.text[:index])
    suggestion = "delete it" if "seen" in message else "use ordinary blanks"
    if "\x00" in source.text[:4]:
        suggestion = f"this looks like UTF-16; {_SAVE_AS}"
    return source.problem("CE108", message, (len(before), len(before[-1]) + 1), suggestion=suggestion)
