"""Reloads the rules when their files change, and keeps the ones in force when the new ones are wrong."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

import structlog
import watchfiles

from careengine.service.memory import settle_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from careengine.errors import Problem

_RULES = frozenset({"", ".yaml", ".yml", ".json"})  # a folder has no ending: it may be moved in or out as a whole
_MOUNTED = "..data"  # how a container platform swaps a mounted folder in one step

log = structlog.get_logger("careengine.rules")


class Watcher:
    """Calls `reload` when something below `paths` changes; one thread for folders, one for single files."""

    def __init__(self, paths: Iterable[Path], reload: Callable[[], Sequence[Problem]]) -> None:
        there = [path.resolve() for path in paths if path.exists()]
        self._folders = frozenset(path for path in there if path.is_dir())
        self._files = frozenset(path for path in there if path.is_file())
        self._reload = reload
        self._stop = Event()
        self._one_at_a_time = Lock()
        self._threads = [
            Thread(target=self._watch, args=(folders, recursive), name="careengine-rules", daemon=True)
            # An editor saves by replacing the file, so a single file is watched through its folder.
            for folders, recursive in ((self._folders, True), (frozenset(f.parent for f in self._files), False))
            if folders
        ]

    def start(self) -> None:
        """Begin to watch."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop watching and wait for a reload that is under way."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10)

    def reload(self) -> None:
        """Reload now, and log what came of it."""
        with self._one_at_a_time:
            try:
                problems = self._reload()
            except Exception:
                log.exception("rules not reloaded, the ones in force stay")
                return
            settle_again()
        for problem in problems:
            log.log(40 if problem.severity == "error" else 30, "problem in a rule file", problem=str(problem))
        if any(problem.severity == "error" for problem in problems):
            log.error("rules not reloaded, the ones in force stay", problems=len(problems))

    def _watch(self, folders: frozenset[Path], recursive: bool) -> None:  # noqa: FBT001  a private helper
        try:
            for _ in watchfiles.watch(
                *folders,
                watch_filter=self._concerns if recursive else self._is_watched_file,
                debounce=400,
                recursive=recursive,
                stop_event=self._stop,
                raise_interrupt=False,
            ):
                self.reload()
        except (OSError, RuntimeError):
            log.exception("rule files are no longer watched; send SIGHUP to reload")

    def _concerns(self, _change: watchfiles.Change, path: str) -> bool:
        name = Path(path)
        return name.name == _MOUNTED or name.suffix in _RULES

    def _is_watched_file(self, _change: watchfiles.Change, path: str) -> bool:
        return Path(path) in self._files or Path(path).name == _MOUNTED
