from __future__ import annotations

import json

import pytest

from careengine.errors import (
    InboundError,
    PayloadError,
    PayloadProblem,
    SignatureError,
    StoreError,
    UnknownAdapterError,
)
from careengine.service.problems import KINDS, MEDIA_TYPE, PREFIX, HttpProblem, problem_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SignatureError("why exactly is nobody's business"), 401),
        (UnknownAdapterError("no adapter `x`"), 404),
        (InboundError("odd"), 400),
        (StoreError("the disk is full"), 503),
        (PayloadError([PayloadProblem(pointer="/id", message="is missing")]), 422),
    ],
)
def test_every_foreseen_error_has_its_status(error: Exception, status: int) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.status == status
    assert "nobody's business" not in problem.detail


def test_an_unforeseen_error_has_none() -> None:
    assert problem_of(ValueError("x")) is None


def test_a_payload_error_tells_every_fault_by_its_pointer() -> None:
    problem = problem_of(
        PayloadError([PayloadProblem(pointer="/id", message="a"), PayloadProblem(pointer="", message="b")])
    )
    assert problem is not None
    assert problem.to_json()["errors"] == [{"pointer": "/id", "detail": "a"}, {"pointer": "", "detail": "b"}]


@pytest.mark.parametrize("kind", KINDS)
def test_the_answer_is_problem_json(kind: str) -> None:
    response = HttpProblem(kind, "because", headers={"X-More": "1"}, further=2).response()
    status, title = KINDS[kind]
    assert response.status_code == status
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.headers["x-more"] == "1"
    assert json.loads(bytes(response.body)) == {
        "type": PREFIX + kind,
        "title": title,
        "status": status,
        "detail": "because",
        "further": 2,
    }
