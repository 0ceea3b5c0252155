"""`careengine db`: bring the database up to date, look whether it is sound, copy it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careengine import logs
from careengine.app import open_store
from careengine.cli.output import format_option, say, say_json
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.cli.workspace import there_is_a_store
from careengine.settings import Settings
from careengine.store import migrate

if TYPE_CHECKING:
    from careengine.cli.program import Program


@click.group()
def db() -> None:
    """Bring the database up to date, look whether it is sound, copy it."""


def _settings(program: Program) -> Settings:
    logs.configure("warning", "console")
    return Settings.load(program.settings_file)


@db.command()
@pass_program
def upgrade(program: Program) -> None:
    """Make the tables what this version needs. Several programs may do so at once; `serve` does it, too.

    Changes only add to what is there, so that an older version goes on working beside this one.
    """
    settings = _settings(program)
    with closing(open_store(settings.store, migrate=False)) as store:
        with store.read() as reader:
            before = migrate.revision(reader)
        with store.write() as transaction:
            migrate.upgrade(transaction, store.place)
            after = migrate.revision(transaction)
        say(f"`{store.place}` is at `{after}`" + ("" if before == after else f"; it was at `{before or 'nothing'}`"))


@db.command()
@format_option("text", "json")
@pass_program
def check(program: Program, format_: str) -> int:
    """Look whether the database is up to date, whole, and keeps what it acknowledges. It is not changed.

    The exit code is 1 when anything is wrong. A large file takes its time: all of it is read.
    """
    settings = _settings(program)
    there_is_a_store(settings)
    with closing(open_store(settings.store, migrate=False)) as store:
        findings = store.examine()
    wrong = sum(not finding.ok for finding in findings)
    if format_ == "json":
        say_json({"ok": not wrong, "checks": [asdict(finding) for finding in findings]})
    else:
        rows = [(one.check, "fine" if one.ok else "wrong", one.found, one.do) for one in findings]
        say_table(("check", "state", "found", "what to do"), rows)
    return 1 if wrong else 0


@db.command()
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@pass_program
def backup(program: Program, target: Path) -> None:
    """Copy one moment of the database to FILE, which must not be there yet, while the service goes on.

    The copy of a SQLite file is a SQLite file: to restore, stop the service and put it in the place of the old one.
    That of a PostgreSQL database is for `pg_restore`.
    """
    settings = _settings(program)
    there_is_a_store(settings)
    with closing(open_store(settings.store, migrate=False)) as store:
        store.back_up(target)
    say(f"copied to `{target}`")
