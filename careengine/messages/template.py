"""The language of templates: Liquid with few tags, our own filters, and limits."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from liquid import Environment
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.tags import case_tag, comment_tag, for_tag, if_tag, unless_tag
from liquid.exceptions import LiquidError
from liquid.undefined import StrictUndefined

from careengine.messages.faults import in_our_words
from careengine.messages.filters import FILTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liquid import BoundTemplate
    from liquid.tag import Tag

# What may stand between `{%` and `%}`: each of these needs its `end…`; the words inside belong to them.
TAGS = ("if", "unless", "case", "for", "comment")
INNER = ("elsif", "else", "when", "break", "continue")
MOST_BYTES = 20_000  # of a message
_MOST_TURNS = 1_000  # of all loops of a message
_TAG = re.compile(r"\{%-?\s*([a-z_]*)")


_TAGS: tuple[type[Tag], ...] = (
    content.Literal,
    output.Output,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    for_tag.ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    comment_tag.CommentTag,
)


class TemplateFaultError(ValueError):
    """A template that cannot be read. `at` is the place in its text, `word` what stands there, if that is known."""

    def __init__(self, message: str, at: int, word: str = "") -> None:
        super().__init__(message)
        self.at, self.word = at, word


class _Language(Environment):
    """No tag reads a file, keeps text to be doubled, or counts on; no filter but ours; no loop without end."""

    block_nesting_limit: ClassVar[int] = 10
    loop_iteration_limit: ClassVar[int | None] = _MOST_TURNS
    output_stream_limit: ClassVar[int | None] = MOST_BYTES

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002  as the library calls it
        """Only what a letter needs."""
        for tag in _TAGS:
            self.add_tag(tag)
        for name, one in FILTERS.items():
            self.add_filter(name, one.does)


# Plain text is written, so nothing is escaped; who puts it into a page escapes it there.
_LANGUAGE = _Language(undefined=StrictUndefined, autoescape=False)


@lru_cache(maxsize=4096)
def compiled(source: str) -> BoundTemplate:
    """The template of a text, read once. Raises TemplateFaultError."""
    _refuse_open_tags(source)
    try:
        return _LANGUAGE.from_string(source)
    except LiquidError as error:
        at = error.token.start_index if error.token is not None else -1
        raise TemplateFaultError(in_our_words(str(error.message)), at if at >= 0 else _first_broken(source)) from error


def _refuse_open_tags(source: str) -> None:
    """Tags that there are not, ends without a beginning, beginnings without an end."""
    opened: list[tuple[str, int]] = []
    for found in _TAG.finditer(source):
        name, at = found[1], found.start(1)
        if opened and opened[-1][0] == "comment" and name != "endcomment":
            continue  # nothing in a comment is read
        if name in TAGS:
            opened.append((name, at))
        elif name.startswith("end") and opened and name == f"end{opened[-1][0]}":
            opened.pop()
        elif name.startswith("end") and name[3:] in TAGS:
            wanted = f"; `{{% {opened[-1][0]} %}}` ends with `{{% end{opened[-1][0]} %}}`" if opened else ""
            raise TemplateFaultError(f"`{{% {name} %}}` ends nothing{wanted}", at)
        elif name not in INNER:
            raise TemplateFaultError(f"unknown tag `{name}`", at, word=name or "%")
    if opened:
        name, at = opened[-1]
        raise TemplateFaultError(f"`{{% {name} %}}` is never closed; write `{{% end{name} %}}` after it", at)


def _first_broken(source: str) -> int:
    """Where the first part begins that cannot be read alone; the beginning when all can."""
    for found in re.finditer(r"\{\{.*?\}\}|\{%-?\s*(if|unless|for|case)\b.*?%\}", source, re.DOTALL):
        try:
            _LANGUAGE.from_string(found[0] + (f"{{% end{found[1]} %}}" if found[1] else ""))
        except LiquidError:
            return found.start()
    return 0


def loops_in(template: BoundTemplate) -> list[Any]:
    """The head of every `for` in a template, however deep: its `identifier`, its `iterable` and its `token`."""
    return [one for one in _expressions(template.nodes) if isinstance(one, LoopExpression)]


def filters_in(template: BoundTemplate) -> list[Any]:
    """Every expression with filters in a template, however deep."""
    return [one for one in _expressions(template.nodes) if getattr(one, "filters", None)]


def _expressions(nodes: Any) -> Iterator[Any]:
    for node in nodes:
        yield from node.expressions()
        yield from _expressions(node.children(None, include_partials=False))
