from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from careengine.errors import PolicyError
from careengine.policy import loader
from careengine.policy.find import find
from careengine.policy.source import read_source
from tests.policy.bench import RECOVERY

if TYPE_CHECKING:
    from tests.policy.bench import Bench


def names(bench: Bench, *paths: Path) -> list[str]:
    found = find(list(paths) or [bench.folder])
    assert found.problems == []
    return [path.relative_to(bench.folder).as_posix() for path in found.policies]


def test_folders_are_searched_in_a_fixed_order(bench: Bench) -> None:
    for name in ("b.yaml", "a/z.yml", "a/c.json", "a/b/a.YAML", "notes.md", "b.test.yaml", ".hidden/x.yaml", ".x.yaml"):
        bench.write(name, "")
    assert names(bench) == ["b.yaml", "a/c.json", "a/z.yml", "a/b/a.YAML"]
    assert [path.name for path in find([bench.folder]).tests] == ["b.test.yaml"]


def test_a_file_is_found_once_however_often_it_is_named(bench: Bench) -> None:
    path = bench.write("rules/a.yaml", "")
    (bench.folder / "rules" / "again").symlink_to(bench.folder / "rules")
    (bench.folder / "rules" / "b.yaml").symlink_to(path)
    assert names(bench, path.parent, path, bench.folder, path.parent) == ["rules/a.yaml"]


def test_linked_folders_are_searched(bench: Bench) -> None:
    bench.write("shared/a.yaml", "")
    (bench.folder / "rules").mkdir()
    (bench.folder / "rules" / "linked").symlink_to(bench.folder / "shared", target_is_directory=True)
    assert names(bench, bench.folder / "rules") == ["rules/linked/a.yaml"]


def test_folders_in_a_circle_hold_nothing(bench: Bench) -> None:
    (bench.folder / "a").mkdir()
    (bench.folder / "a" / "b").symlink_to(bench.folder)
    assert [problem.code for problem in find([bench.folder]).problems] == ["CE105"]


def test_looking_nowhere_finds_a_problem(bench: Bench) -> None:
    assert [problem.code for problem in loader.check([], bench.catalogue)] == ["CE105"]
    with pytest.raises(PolicyError):
        loader.load([], bench.catalogue)


def test_a_link_to_nowhere_is_told(bench: Bench) -> None:
    bench.policy()
    (bench.folder / "gone.yaml").symlink_to(bench.folder / "never-there.yaml")
    (problem,) = bench.check()
    assert (problem.code, Path(problem.path).name) == ("CE101", "gone.yaml")


def test_folders_and_files_that_may_not_be_read_are_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bench.policy()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        (problem,) = find([bench.folder]).problems
        assert (problem.code, problem.path) == ("CE102", str(bench.folder))
    monkeypatch.setattr(os, "open", refuse)
    (problem,) = bench.check()
    assert (problem.code, problem.path) == ("CE102", str(path))
    assert problem.message == "cannot be opened: permission denied"


def test_a_socket_is_no_file(bench: Bench) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(os.path.relpath(bench.folder / "door.yaml"))  # the name of a socket must be short
        (problem,) = bench.check()
    assert (problem.code, problem.message) == ("CE103", "this is a socket or device, not a file")


def test_a_file_that_grows_while_it_is_read_is_not_believed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bench.policy()
    whole, real = path.read_text(), os.fdopen
    path.write_text(whole[: whole.index("unless:")] + whole[whole.index("once_per:") :])  # a good policy all the same

    def writing(*args: Any, **kwargs: Any) -> Any:
        path.write_text(whole)
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", writing)
        (problem,) = bench.check()
    assert (problem.code, problem.path) == ("CE123", str(path))
    assert bench.check() == []


def test_a_folder_of_other_things_is_passed_by(bench: Bench) -> None:
    bench.policy()
    for number in range(2_000):
        (bench.folder / f"{number}.txt").symlink_to(bench.folder)
    assert bench.check() == []


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/tty", "/dev/null"])
def test_devices_are_not_read(device: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_source(Path(device))
    assert caught.value.problems[0].code in ("CE102", "CE103")


def test_a_name_that_is_not_text_can_be_shown(bench: Bench) -> None:
    folder = os.fsencode(bench.folder)
    with open(folder + b"/\xff\x1b.yaml", "w", encoding="utf-8") as file:  # noqa: PTH123  bytes have no Path
        file.write(RECOVERY)
    (problem,) = bench.check()
    assert problem.code == "CE301"
    assert Path(problem.path).name == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.yaml"
