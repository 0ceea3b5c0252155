"""What is wrong with a template, in our words instead of the library's."""

from __future__ import annotations

import re

_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"expected '([}%]})', found end of file", "what begins here is never closed; write `{0}` after it"),
        (r"expected in,", "`for` is written as `{{% for tag in case.tags %}}`"),
        (r"expected word, found end", "after `|` a filter is missing, such as `upcase`"),
        (r"missing expression|expected a primitive expression", "a value is missing here, such as `case.id`"),
        (r"expected 'reversed'", "after the list of a `for` come only `reversed`, `limit` and `offset`"),
        (r"expected a comma separated list", "between the values of a filter stands a comma"),
        (r"unexpected tag '(\w+)'", "`{{% {0} %}}` belongs to a tag that is not open here"),
        (r"""unexpected ("'"|'"')""", "a quotation mark is never closed"),
        (r"unexpected '(\W)'", "`{0}` does not belong here"),
        (r"path segment", "the name before a bracket is written whole, such as `case.id`"),
        (r"expected end of expression", "this does not belong here: after a value comes `|` with a filter, or the end"),
    )
)


def in_our_words(fault: str) -> str:
    """What the library says of a template, as it is told to whoever writes one."""
    for pattern, words in _WORDS:
        if found := pattern.search(fault):
            return words.format(*found.groups())
    return "this cannot be read: a bracket, a name or a tag does not add up"
