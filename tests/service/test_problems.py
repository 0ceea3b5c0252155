from __future__ import annotations

import json
import sqlite3

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
from careengine.store import trouble, trouble_on_server


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SignatureError("why exactly is nobody's business"), 401),
        (UnknownAdapterError("no adapter `x`"), 404),
        (InboundError("odd"), 400),
        (StoreError("the disk of `nobody's business` is full"), 503),
        (PayloadError([PayloadProblem(pointer="/id", message="is missing")]), 422),
    ],
)
def test_every_foreseen_error_has_its_status(error: Exception, status: int) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.status == status
    assert "nobody's business" not in problem.detail


WORDS = [
    *trouble._MEANING.values(),
    *trouble_on_server._BY_STATE.values(),
    *trouble_on_server._BY_WORDS.values(),
]


@pytest.mark.parametrize("words", WORDS)
def test_a_caller_hears_why_it_was_not_kept_and_nothing_of_where(words: str) -> None:
    error = trouble.told(words, "/srv/secret/{care}.db")
    assert "`/srv/secret/{care}.db`" in str(error)
    problem = problem_of(error)
    assert problem is not None
    cause = problem.detail.removeprefix("nothing of this was kept: ")
    assert cause == error.told != ""
    for found in ("secret", "place", "  ", " of is", " ;"):
        assert found not in cause


def _sqlite(code: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("with a path, /srv/secret.db")
    error.sqlite_errorname = code
    return error


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("SQLITE_FULL", "the disk of the database is full; make room on it and try again"),
        ("SQLITE_IOERR_FSYNC", "the disk of the database failed; check it, then try again"),
        ("SQLITE_BUSY", "another program holds the database; stop it, or try again in a moment"),
        ("SQLITE_READONLY_DIRECTORY", "the database cannot be written; let this user write the file and its folder"),
    ],
)
def test_what_ails_the_database_in_plain_words(code: str, cause: str) -> None:
    error = trouble.explanation(_sqlite(code), "/srv/secret.db")
    assert error is not None
    assert problem_of(error).detail == f"nothing of this was kept: {cause}"  # type: ignore[union-attr]


def test_an_error_without_words_for_outside_says_what_to_do() -> None:
    problem = problem_of(StoreError("the copy `/srv/secret` is there already"))
    assert problem is not None
    assert problem.detail == "nothing of this was kept; send it again later"


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
