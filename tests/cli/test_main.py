"""The program as a whole: verbs, options, errors and exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

import careengine as package
from careengine.cli import brought
from careengine.cli.main import VERBS, cli
from careengine.errors import CareError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Careengine

PROGRAM = [sys.executable, "-m", "careengine"]
Plant = "Callable[..., None]"


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretend that plugins bring these verbs."""

    def _plant(**verbs: Callable[[], object]) -> None:
        commands = {name: click.command(name, help=f"{name} it.")(call) for name, call in verbs.items()}
        monkeypatch.setattr(brought, "verbs", lambda _program: commands)

    return _plant


def test_without_a_verb_the_help_is_shown(careengine: Careengine) -> None:
    ran = careengine()
    assert ran.code == 0
    assert ran.out == careengine("--help").out
    for verb in VERBS:
        assert f"  {verb.name} " in ran.out
        assert verb.summary in " ".join(ran.out.split())


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_is_there_and_explains_itself(careengine: Careengine, verb: str) -> None:
    ran = careengine(verb, "--help")
    assert ran.code == 0, ran.err
    assert f"Usage: careengine {verb}" in ran.out


def test_the_version(careengine: Careengine) -> None:
    assert careengine("--version").out == f"careengine {package.__version__}\n"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["chek"], "no verb `chek`; did you mean `check`?"),
        (["CHECK"], "no verb `CHECK`; did you mean `check`?"),
        (["dmo"], "no verb `dmo`; did you mean `demo`?"),
        (["xyzzy"], "no verb `xyzzy`; `careengine --help` lists the verbs"),
        (["demo"], "`demo` comes with a plugin; `pip install careengine-demo` brings it"),
        (["conduct"], "`conduct` comes with a plugin; `pip install careengine-conduct` brings it"),
        (["check", "--fromat", "json"], "no option `--fromat`; did you mean `--format`?"),
        (["check", "--xyzzy"], "no option `--xyzzy`; see `careengine check --help`"),
        (["--setings", "x", "check"], "no option `--setings`; did you mean `--settings`?"),
        (["check", "--settings", "x"], "no option `--settings`; write it before the verb: `careengine --settings …`"),
        (["check", "--format", "xml"], "`xml` is not one of `text`, `json`"),
        (["decide"], "missing argument `FILE`; see `careengine decide --help`"),
        (["import", "servicenw", "x"], "did you mean `servicenow`?"),
    ],
)
def test_wrong_use_says_what_was_meant(
    careengine: Careengine, plant: Callable[..., None], args: list[str], says: str
) -> None:
    plant()
    ran = careengine(*args)
    assert ran.code == 2
    assert says in ran.err
    assert not ran.out


def test_a_plugins_verb_is_listed_and_runs(careengine: Careengine, plant: Callable[..., None]) -> None:
    plant(wave=lambda: click.echo("hello"))
    assert "wave  wave it." in " ".join(careengine("--help").out.split("\n")).replace("      ", " ")
    assert careengine("wave").out == "hello\n"


def test_a_plugin_cannot_replace_a_verb_of_ours(careengine: Careengine, plant: Callable[..., None]) -> None:
    plant(check=lambda: click.echo("mine now"))
    assert "mine now" not in careengine("check", "--list").out


def test_our_verbs_never_ask_the_plugins(careengine: Careengine, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_program: object) -> dict[str, click.Command]:
        raise AssertionError

    monkeypatch.setattr(brought, "verbs", asked)
    assert careengine("check", "--list").code == 0


def test_broken_settings_keep_the_help_working(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "careengine.toml").write_text("tenant = \n")
    assert careengine("--help").code == 0
    ran = careengine("check")
    assert ran.code == 1
    assert "careengine.toml:1" in ran.err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (CareError("the moon is full"), 1, "careengine: the moon is full\n"),
        (FileNotFoundError(2, "No such file or directory", "x.json"), 1, "cannot use `x.json`: no such file"),
        (ZeroDivisionError("by none"), 70, "a bug of ours, ZeroDivisionError: by none; run `careengine --debug"),
        (KeyboardInterrupt(), 130, "stopped\n"),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(
    careengine: Careengine, plant: Callable[..., None], error: BaseException, code: int, says: str
) -> None:
    def fail() -> None:
        raise error

    plant(fail=fail)
    ran = careengine("fail")
    assert ran.code == code
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_debug_shows_where_an_error_came_from(careengine: Careengine, plant: Callable[..., None]) -> None:
    plant(fail=lambda: 1 // 0)
    ran = careengine("--debug", "fail")
    assert ran.code == 70
    assert "Traceback" in ran.err
    assert "test_main.py" in ran.err


def test_nobody_reads_on(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "check", "--list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(20) == 141


def test_control_c_ends_it_without_noise(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events")
    with subprocess.Popen(
        [*PROGRAM, "decide", "events"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as program:
        with (tmp_path / "events").open("wb"):  # opens once the program reads
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=20)
        assert (program.returncode, out) == (130, b"")
        assert err.strip() == b"stopped"


def test_a_verb_loads_only_what_it_needs() -> None:
    script = (
        "import sys; from careengine.cli.main import main; main(['check', '--list']);"
        "sys.exit(' '.join({'sqlalchemy', 'starlette', 'requests', 'uvicorn'} & set(sys.modules)) or None)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=30)
    assert ran.returncode == 0, ran.stderr


def test_summaries_are_told_once_and_alike(careengine: Careengine) -> None:
    assert len({verb.name for verb in VERBS}) == len(VERBS)
    assert all(verb.summary.endswith(".") and verb.summary[0].isupper() for verb in VERBS)
    assert isinstance(cli, click.Group)
    assert careengine("-h").code == 0


def test_a_shell_can_complete_verbs() -> None:
    asks = {**os.environ, "_CAREENGINE_COMPLETE": "bash_complete", "COMP_WORDS": "careengine ch", "COMP_CWORD": "1"}
    ran = subprocess.run(PROGRAM, capture_output=True, check=False, timeout=30, env=asks)
    assert ran.stdout == b"plain,check\n", ran.stderr


def test_a_full_disk_and_a_closed_output_are_no_bugs() -> None:
    full = subprocess.run(
        ["sh", "-c", '"$@" > /dev/full', "sh", *PROGRAM, "--version"], capture_output=True, check=False
    )
    assert (full.returncode, full.stderr) == (1, b"careengine: no space left on device\n")
    closed = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *PROGRAM, "--version"], capture_output=True, check=False)
    assert (closed.returncode, closed.stderr) == (0, b"")
