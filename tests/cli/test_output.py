"""How the program looks: drawn on a terminal, plain in a pipe and where colour is not wanted."""

from __future__ import annotations

import io
import sys

import pytest

from careengine.cli.output import colored, many, say, tell
from careengine.cli.tables import along, say_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal that shows colour, in place of standard output."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    return stream


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    say("fine", fg="green")
    assert terminal.getvalue() == "\x1b[32mfine\x1b[0m\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colour_gets_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    terminal = open_terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    assert not colored(sys.stdout)
    say("fine", fg="green")
    say_table(("a", "b"), [("one", 1)])
    assert "\x1b" not in terminal.getvalue()
    assert "─" in terminal.getvalue()


def test_a_pipe_gets_plain_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    say("fine", fg="green")
    tell("careful", fg="red")
    say_table(("name", "count"), [("x" * 300, 7), ("[bold]:smile:[/]", 1234), (None, 0)])
    out, err = capsys.readouterr()
    assert err == "careful\n"
    assert out.splitlines() == [
        "fine",
        f"name{' ' * 298}count",
        f"{'x' * 300}{' ' * 6}7",
        f"[bold]:smile:[/]{' ' * 287}1234",
        f"{' ' * 306}0",
    ]


def test_a_table_on_a_terminal_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    say_table(("name", "count"), [("one", 1)])
    assert "─" in terminal.getvalue()
    assert "\x1b[1m" in terminal.getvalue()


def test_a_progress_bar_is_only_for_people_who_wait(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    items = list(range(1000))
    assert along(items, "counting", alone=True) is items
    waiting = Terminal()
    monkeypatch.setattr(sys, "stderr", waiting)
    assert along(items[:9], "counting", alone=True) == items[:9]
    assert list(along(items, "counting", alone=True)) == items
    assert "counting" in waiting.getvalue()
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert along(items, "counting", alone=False) is items
    assert capsys.readouterr() == ("", "")


def test_counting_words() -> None:
    assert [many(n, "policy", "policies") for n in (0, 1, 2)] == ["no policies", "1 policy", "2 policies"]
    assert many(3, "error") == "3 errors"
