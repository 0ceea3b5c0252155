"""The findings of the analysis as problems, each at its place in its file; waived ones are left out."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from careengine.errors import Problem
from careengine.model.table import place_in_row
from careengine.policy.analysis import analyse
from careengine.policy.analysis.waivers import WAIVABLE, sift

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy
    from careengine.policy.analysis import Along
    from careengine.policy.analysis.finding import Finding
    from careengine.policy.document import Document

# What was told of a file already says that its policy never matches.
_SAID = frozenset({"CE501", "CE504"})


def told(
    policies: Sequence[Policy],
    documents: Sequence[Document],
    catalogue: Catalogue,
    before: Sequence[Problem],
    as_of: datetime,
    along: Along,
    roles: Collection[str],
) -> list[Problem]:
    """What is known `before` of all files, and what the whole set shows, file by file, without what is waived.

    `documents` are those of the policies.
    """
    said = {problem.path for problem in before if problem.code in _SAID}
    mistaken = any(problem.severity == "error" for problem in before)
    places = {policy.path: document for policy, document in zip(policies, documents, strict=True)}
    found: dict[str, list[Problem]] = defaultdict(list)
    rest: list[Problem] = []
    for problem in before:
        is_sifted = problem.code in WAIVABLE and problem.path in places
        (found[problem.path] if is_sifted else rest).append(problem)
    for finding in analyse(policies, catalogue, as_of, along, roles):
        path = finding.policy.path
        if finding.code != "CE701" or path not in said:
            found[path].append(_problem(finding, places[path]))
    whole_set = len(policies) > 1 and not mistaken
    return rest + [
        problem
        for path, document in places.items()
        for problem in sift(document, sorted(found[path], key=_order), whole_set=whole_set)
    ]


def _order(problem: Problem) -> tuple[int, int, str]:
    return (problem.line, problem.column, problem.code)


def _problem(finding: Finding, document: Document) -> Problem:
    pointer = place_in_row(finding.policy, finding.pointer)
    is_group = isinstance(document.root.find(pointer).value, (dict, list))
    line, column = document.key_place(pointer) if is_group else document.place(pointer)
    example = finding.example.to_json() if finding.example else None
    return Problem(
        code=finding.code,
        message=finding.message,
        path=document.path,
        line=line,
        column=column,
        pointer=pointer,
        excerpt=document.excerpt(line),
        suggestion=finding.suggestion,
        severity=finding.severity,
        example=json.dumps(example, ensure_ascii=False) if example else "",
    )
