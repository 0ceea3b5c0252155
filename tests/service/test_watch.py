from __future__ import annotations

from contextlib import contextmanager
from queue import Empty, Queue
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from careengine.errors import Problem
from careengine.service.watch import Watcher
from tests.service.conftest import event, policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from tests.service.conftest import Start


@contextmanager
def watching(*paths: Path) -> Iterator[Queue[str]]:
    calls: Queue[str] = Queue()

    def reload() -> list[Problem]:
        calls.put("reloaded")
        return []

    watcher = Watcher(paths, reload)
    watcher.start()
    try:
        yield calls
    finally:
        watcher.stop()


def seen(calls: Queue[str], act: Callable[[int], object]) -> bool:
    """Act until it is noticed: the watch needs a moment before it begins."""
    for attempt in range(40):
        act(attempt)
        try:
            calls.get(timeout=0.5)
        except Empty:
            continue
        return True
    return False


def test_changes_in_a_folder_are_seen_however_deep(tmp_path: Path) -> None:
    deep = tmp_path / "recovery" / "gold"
    deep.mkdir(parents=True)
    with watching(tmp_path) as calls:
        assert seen(calls, lambda n: (deep / "late.yaml").write_text(str(n)))


def test_a_file_that_an_editor_replaces_is_still_watched(tmp_path: Path) -> None:
    file = tmp_path / "late.yaml"
    file.write_text("0")

    def replace(number: int) -> None:
        (tmp_path / "late.yaml.new").write_text(str(number))
        (tmp_path / "late.yaml.new").replace(file)

    with watching(file) as calls:
        assert seen(calls, replace)
        assert seen(calls, replace)


def test_other_files_are_nobodys_business(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    watcher = Watcher([folder], list)
    for name, concerns in (("a.yaml", True), ("a.json", True), ("sub", True), ("..data", True), ("care.db-wal", False)):
        assert watcher._concerns(1, str(folder / name)) is concerns  # type: ignore[arg-type]
    file = tmp_path / "one.yaml"
    file.write_text("")
    watcher = Watcher([file], list)
    assert watcher._is_watched_file(1, str(file.resolve()))  # type: ignore[arg-type]
    assert not watcher._is_watched_file(1, str(tmp_path / "care.db"))  # type: ignore[arg-type]


def test_each_problem_is_logged_and_a_crash_is_survived(tmp_path: Path) -> None:
    problems = [Problem(code="CE201", message="bad", path="a.yaml", line=3, column=1)]
    with capture_logs() as logs:
        Watcher([tmp_path], lambda: problems).reload()
    assert any("a.yaml:3:1" in line.get("problem", "") for line in logs)

    def crash() -> list[Problem]:
        raise RuntimeError("planted")

    with capture_logs() as logs:
        Watcher([tmp_path], crash).reload()
    assert [line["log_level"] for line in logs] == ["error"]


def test_stopping_twice_and_before_starting_does_no_harm(tmp_path: Path) -> None:
    watcher = Watcher([tmp_path], list)
    watcher.stop()
    watcher = Watcher([tmp_path], list)
    watcher.start()
    watcher.stop()
    watcher.stop()


def test_the_service_takes_good_edits_and_keeps_its_rules_on_bad_ones(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    from careengine.app import App  # noqa: PLC0415  patched before the service takes hold of it

    calls: Queue[str] = Queue()
    genuine = App.reload

    def reload(app: App) -> list[Problem]:
        found = genuine(app)
        calls.put("bad" if found else "good")
        return found

    monkeypatch.setattr(App, "reload", reload)
    service = start()
    rules = service.app.settings.rules.paths[0]

    def matched() -> list[str]:
        return [match["policy"] for match in service.post("/v1/decide", event()).json()["matched"]]

    def change(text: str, outcome: str) -> None:
        for attempt in range(40):
            (rules / "late.yaml").write_text(f"{text}\n# {attempt}\n")
            try:
                while calls.get(timeout=0.5) != outcome:
                    pass
            except Empty:
                continue
            return
        raise AssertionError("the change was not seen")

    assert matched() == ["late"]
    change("id: late\nkind: escalashun", "bad")
    assert matched() == ["late"]
    ready = service.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["rules"]["ok"]) == (200, False)
    change(policy("late", days=30), "good")
    assert matched() == []
    assert service.get("/readyz").json()["checks"]["rules"]["ok"] is True
