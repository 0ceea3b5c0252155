"""A target for a coverage-guided fuzzer: `python -m training.fuzz CORPUS`, with `atheris` installed beside it."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from careengine_conduct import read


def target(data: bytes) -> None:
    """Reads any bytes as text, lone surrogates too; spans must be inside and say what stands there."""
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")
    for finding in read(text).findings:
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
    atheris: Any = importlib.import_module("atheris")
    atheris.instrument_all()
    atheris.Setup(sys.argv, tolerant)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
