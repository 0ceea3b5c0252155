"""Two versions side by side on one database, as in a rolling upgrade.

The old one is this code as it is. The new one is a copy of it with one migration more, so that it brings the database
up to date under the old one's feet.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests

import careengine
from careengine import resources
from careengine.store import migrate
from tests.cli.conftest import LATE, contact
from tests.cli.test_serve import serving

if TYPE_CHECKING:
    from tests.cli.test_serve import Served

MIGRATION = """\
from alembic import op
from sqlalchemy import Column, Text

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    op.add_column("events", Column("new_in_this_version", Text))


def downgrade() -> None:
    op.drop_column("events", "new_in_this_version")
"""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A folder from which Python imports the next version."""
    return next_version(tmp_path / "newer")


def next_version(home: Path) -> Path:
    """Write the next version to a folder."""
    shutil.copytree(Path(careengine.__file__).parent, home / "careengine", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (resources.rules_folder(), resources.schema_path("settings").parent):
        if not (home / "careengine" / "_bundled").exists():
            shutil.copytree(folder, home / folder.name)
    head, _ = migrate._revisions()
    versions = home / "careengine" / "store" / "migrations" / "versions"
    (versions / "9999_next.py").write_text(MIGRATION.format(head=head))
    return home


def send(served: Served, number: int) -> dict[str, Any]:
    answer = requests.post(f"{served.url}/v1/interactions", json=contact(number, failure=LATE), timeout=20)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def schema_of(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{served.url}/readyz", timeout=20).json()["checks"]["schema"]
    return found


def decisions(served: Served) -> list[str]:
    page = requests.get(f"{served.url}/v1/decisions", params={"limit": 200}, timeout=20).json()
    return [decision["id"] for decision in page["decisions"]]


def test_old_and_new_answer_alike_and_nothing_is_lost_or_done_twice(
    tmp_path: Path, rules: Path, newer: Path, store_url: str
) -> None:
    assert rules.is_dir()
    with serving(tmp_path, database=store_url) as old:
        answered = {number: send(old, number) for number in range(10)}
        with serving(tmp_path, database=store_url, python_path=newer) as new:
            assert schema_of(old) == {"ok": True, "detail": schema_of(old)["detail"]}
            assert "newer version" in schema_of(old)["detail"]
            assert "this version" in schema_of(new)["detail"]
            both: list[tuple[dict[str, Any], dict[str, Any]]] = []

            def ask_both(numbers: range) -> None:
                both.extend((send(old, number), send(new, number)) for number in numbers)

            askers = [Thread(target=ask_both, args=(range(start, start + 20),)) for start in (10, 20)]
            for asker in askers:
                asker.start()
            for asker in askers:
                asker.join(60)
            assert len(both) == 40
            assert all(by_old == by_new for by_old, by_new in both)
            assert {number: send(new, number) for number in answered} == answered
            assert old.end() == 0
            kept = decisions(new)
            assert len(kept) == len(set(kept)) == 40
            assert {decision["id"] for decision, _ in both} | {one["id"] for one in answered.values()} == set(kept)
            assert send(new, 100)["id"] not in kept
            assert new.end() == 0
    again = subprocess.run(
        [sys.executable, "-m", "careengine", "serve"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert again.returncode == 1
    assert "written by a newer careengine" in again.stderr
