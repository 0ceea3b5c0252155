"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket there, ended with the tests.

It does not wait for the disk; what is durable is tested elsewhere.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from careengine.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = "ready"
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "deadlock_timeout": "20ms",
}
# Whoever says `secured` must know a password; the tests' own user comes as it is.
_DOORS = "local all secured scram-sha-256\nlocal all all trust\n"


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs; None when it is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(installed, key=lambda path: int(path.parent.name), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running server. Its databases are made from one that is up to date."""

    programs: Path
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str, user: str = "care") -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def run(self, *statements: sql.SQL | sql.Composed | str, database: str = "postgres") -> None:
        """Run statements one by one, each kept at once."""
        with psycopg.connect(host=str(self.folder), user="care", dbname=database, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement if not isinstance(statement, str) else statement.encode())

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """A new database; gives its URL."""
        name = sql.Identifier(f"care_{next(self._numbers)}")
        self.run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
        try:
            yield self.url(name._obj[0])
        finally:
            self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def crash(self) -> None:
        """End the server in the middle of everything, and start it again."""
        self.control("restart", "-m", "immediate")

    def control(self, *words: str) -> None:
        """Start or stop the server, and wait for it."""
        log = ("-l", str(self.folder / "log")) if words[0] != "stop" else ()
        as_ordinary_user(self.folder, self.programs / "pg_ctl", "-D", self.folder / "data", "-w", *log, *words)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a server, start it, and take it away at the end."""
    found = programs()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="care-pg-"))  # not pytest's own: a socket's name must be short
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _ordinary().pw_name)
        made = Cluster(programs=found, folder=folder)
        _init(made)
        made.control("start")
        try:
            made.run("CREATE ROLE secured LOGIN PASSWORD 'correct horse'", f"CREATE DATABASE {TEMPLATE}")
            Store.open(made.url(TEMPLATE)).close()
            yield made
        finally:
            made.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


def _init(made: Cluster) -> None:
    data = made.folder / "data"
    options = ("--username=care", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    as_ordinary_user(made.folder, made.programs / "initdb", "-D", data, *options)
    lines = [f"{name} = '{value}'" for name, value in _SETTINGS.items()]
    lines.append(f"unix_socket_directories = '{made.folder}'")
    with (data / "postgresql.conf").open("a") as file:
        file.write("\n".join(lines) + "\n")
    (data / "pg_hba.conf").write_text(_DOORS)


def as_ordinary_user(folder: Path, *command: object) -> None:
    """Run a program of PostgreSQL's; it refuses to be run by root."""
    given: dict[str, str | int | list[str]] = {}
    if os.geteuid() == 0:
        given = {"user": _ordinary().pw_uid, "group": _ordinary().pw_gid, "extra_groups": []}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **given,  # type: ignore[call-overload]  # who runs it
    )
    assert done.returncode == 0, done.stdout.decode()


def _ordinary() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")
