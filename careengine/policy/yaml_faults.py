"""Says in plain English what the YAML parser could not make sense of, and where it began."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml

    from careengine.policy.source import Source
    from careengine.policy.tree import Place

Fault = tuple[str, str, "Place", str]  # code, message, place, suggestion

# What the parser says -> what it means, what to do.
_MEANINGS = (
    (
        "mapping values are not allowed",
        "a `:` too much",
        "put quotes around text that holds `: `, or mend the line above",
    ),
    ("block sequence entries are not allowed", "a list item cannot start here", "start each item on a line of its own"),
    ("could not find expected ':'", "a key without `:`", "write `key: value`"),
    ("expected '-' indicator", "this does not continue the list above", "start the item with `- `, or indent it less"),
    ("unknown escape character", "an unknown escape after `\\`", "write `\\\\` for a backslash, or use single quotes"),
    ("escape", "an escape after `\\` that stands for no character", "mend it, or use single quotes"),
    ("node content", "a value is missing here, or the closing `]` or `}`", "write it, or put quotes around the sign"),
    ("expected key", "this does not line up with what is above", "indent keys that belong together alike"),
    ("<block end>", "this does not line up with what is above", "indent keys that belong together alike"),
    ("undefined tag handle", "a tag that is not read", "put quotes around text that starts with `!`"),
    ("tag", "a tag that is not read", "put quotes around text that starts with `!`"),
    ("directive", "a line that starts with `%`", "put quotes around it, or delete it"),
    ("anchor", "an anchor or alias that is not read", "put quotes around text that starts with `&` or `*`"),
    ("alias", "an anchor or alias that is not read", "put quotes around text that starts with `&` or `*`"),
    ("block scalar", "text after `|` or `>` that is not indented rightly", "indent every line of the text alike"),
)
_UNCLOSED = (
    ("quoted scalar", "this quote is never closed", "write the same quote at the end of the text"),
    ("flow sequence", "this `[` is never closed", "write `]` after the last item, and `,` between items"),
    ("flow mapping", "this `{` is never closed", "write `}` after the last key, and `,` between keys"),
)


def explain(source: Source, error: yaml.MarkedYAMLError) -> Fault:
    """The code, message, place and suggestion for what the parser says."""
    problem, context = str(error.problem or ""), str(error.context or "")
    mark = error.problem_mark or error.context_mark
    place = _within(source, (mark.line + 1, mark.column + 1) if mark else (1, 1))
    if fault := _unclosed(error, problem, context):
        return fault
    if "cannot start any token" in problem or "tab character" in problem:
        return _bad_start(source, place)
    for words, message, suggestion in _MEANINGS:
        if words in problem or words in context:
            return "CE110", message, place, suggestion
    return "CE110", f"this is not YAML: {problem or context}", place, ""


def _within(source: Source, place: Place) -> Place:
    """The place, or the end of the last line with something in it when the parser points behind the text."""
    number, line = place[0], source.line(place[0])
    while not line.strip() and number > 1:
        number -= 1
        line = source.line(number)
    return place if number == place[0] else (number, len(line) + 1)


def _unclosed(error: yaml.MarkedYAMLError, problem: str, context: str) -> Fault | None:
    started = error.context_mark
    if started is None or not ("end of stream" in problem or "expected ','" in problem):
        return None
    for words, message, suggestion in _UNCLOSED:
        if words in context:
            return "CE110", message, (started.line + 1, started.column + 1), suggestion
    return None


def _bad_start(source: Source, place: Place) -> Fault:
    line = source.line(place[0])
    char = line[place[1] - 1 : place[1]]
    tab = line.find("\t") if not line[: place[1]].strip() else -1
    if char == "\t" or 0 <= tab < place[1]:
        return "CE111", "a tab, where YAML wants blanks", (place[0], max(tab, place[1] - 1) + 1), "indent with blanks"
    return "CE110", f"text cannot start with `{char}`", place, "put quotes around it"
