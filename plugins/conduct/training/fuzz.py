"""A target for a coverage-guided fuzzer: `python -m training.fuzz CORPUS`, with `atheris` installed beside it.

It looks for readings that fail, spans that are not true, and time: a reading may take `_FIRST` seconds of the processor
and `_EACH` microseconds a letter. That is some fifty times what messages take, as the fuzzer's own watching costs most
of it; so it finds what takes time that grows faster than its length, given long enough texts (`-max_len=100000`).
"""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

from careengine_conduct import read

_FIRST = 0.5  # seconds
_EACH = 100  # microseconds


def target(data: bytes) -> None:
    """Reads any bytes as text, lone surrogates too, in time; spans must be inside and say what stands there."""
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")
    start = time.process_time()
    reading = read(text)
    spent = time.process_time() - start
    if spent > _FIRST + _EACH * len(text) / 1e6:
        raise AssertionError(f"{len(text)} letters took {spent:.1f} seconds")
    for finding in reading.findings:
        for span in finding.spans:
            if not 0 <= span.start < span.end <= len(text) or text[span.start : span.end] != span.text:
                raise AssertionError(f"a span of `{span.rule}` is not in the text")


def tolerant(data: bytes) -> None:
    """The target without what is no text at all."""
    try:
        target(data)
    except UnicodeDecodeError:
        return


def main() -> None:
    """Fuzzes until something fails."""
    read("the data is read once")
    atheris: Any = importlib.import_module("atheris")
    atheris.instrument_all()
    atheris.Setup(sys.argv, tolerant)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
