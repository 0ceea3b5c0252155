"""Reads YAML 1.2 from the parser's flat events: nothing recurses, nothing is built that was not seen.

Anchors, aliases, merge keys, tags and further documents are refused where they stand, so that no file can grow
while it is read. Stopping at the depth limit also keeps the C scanner, whose time grows with the square of the
depth of open brackets, from ever seeing a deep file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from careengine.policy.scalar import ScalarProblem, resolve
from careengine.policy.source import HIDDEN
from careengine.policy.suggest import shown
from careengine.policy.yaml_faults import explain

if TYPE_CHECKING:
    from careengine.policy.tree import Place, TreeBuilder

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # only ever asked for events
_QUOTED = frozenset("'\"|>")


def read_yaml(builder: TreeBuilder) -> None:
    """Report the one document of a source to the builder. Raises Stop."""
    parser = _Parser(builder.source.text)
    try:
        _read(parser, builder)
    except yaml.MarkedYAMLError as error:
        builder.stop(*explain(builder.source, error))
    except yaml.YAMLError as error:
        builder.stop("CE110", f"this is not YAML: {error}", (1, 1))
    finally:
        parser.dispose()


def _read(parser: Any, builder: TreeBuilder) -> None:
    documents = 0
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        if isinstance(event, yaml.ScalarEvent):
            _scalar(event, builder)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            _refuse_extras(event, builder)
            builder.open(group=isinstance(event, yaml.MappingStartEvent), place=_place(event.start_mark))
        elif isinstance(event, yaml.CollectionEndEvent):
            builder.close()
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            _refuse_second(event, documents, builder)
        elif isinstance(event, yaml.AliasEvent):
            _alias(event, builder)


def _scalar(event: Any, builder: TreeBuilder) -> None:
    place = _place(event.start_mark)
    if event.anchor or event.tag:
        _refuse_extras(event, builder)
    plain = event.style not in _QUOTED if event.style else True
    if plain and event.value == "<<" and builder.expects_key:
        builder.report("CE115", "the merge key `<<` is not read", place, "write the keys out", key="<<")
        builder.lose("<<")
        return
    try:
        value = resolve(event.value) if plain else event.value
    except ScalarProblem as problem:
        key = event.value if builder.expects_key else None
        builder.report(problem.code, str(problem), place, problem.suggestion, key=key)
        value = event.value if builder.expects_key else None
    if event.style == '"' and (found := HIDDEN.search(event.value)):
        message = f"an escape stands for U+{ord(found[0]):04X}, which cannot be seen"
        builder.report("CE108", message, place, "delete it", key=event.value if builder.expects_key else None)
    builder.scalar(value, place)


def _refuse_extras(event: Any, builder: TreeBuilder) -> None:
    place = _place(event.start_mark)
    if event.anchor:
        builder.report("CE114", f"the anchor {shown('&' + event.anchor)} is not read", place, "delete it")
    if event.tag:
        tag = builder.source.line(place[0])[place[1] - 1 :].split(maxsplit=1)
        name = tag[0] if tag else event.tag
        builder.report("CE116", f"the tag {shown(name)} is not read", place, "delete it, or put quotes around text")


def _alias(event: Any, builder: TreeBuilder) -> None:
    place = _place(event.start_mark)
    message = f"the alias {shown('*' + event.anchor)} is not read"
    if builder.expects_key:
        builder.stop("CE114", message, place, "write the key out")
    builder.report("CE114", message, place, "write the value out, or put quotes around text that starts with `*`")
    builder.scalar(None, place)


def _refuse_second(event: Any, documents: int, builder: TreeBuilder) -> None:
    place = _place(event.start_mark)
    if documents > 1:
        builder.stop("CE117", "a second document starts here", place, "keep one policy in a file")
    if event.version and tuple(event.version) != (1, 2):
        builder.report("CE122", f"YAML {event.version[0]}.{event.version[1]} is not read", place, "delete this line")


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1
