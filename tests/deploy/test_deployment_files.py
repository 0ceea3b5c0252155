"""What `careengine deploy` writes: linted with the tools that operators use, since no container runs here."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from careengine import __version__
from careengine.cli.main import main
from careengine.settings import Settings

if TYPE_CHECKING:
    from careengine.settings.records import ServiceSettings

BIN = Path(sys.executable).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a person has after `careengine init` and `careengine deploy`."""
    care = tmp_path / "care"
    assert main(["init", str(care)]) == 0
    assert main(["deploy", str(care)]) == 0
    return care


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=60)


def compose(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "compose.yaml").read_text())
    return found


def unit(folder: Path) -> configparser.ConfigParser:
    class Many(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            super().__setitem__(key, [*self[key], *value] if key in self and isinstance(value, list) else value)

    found = configparser.ConfigParser(strict=False, interpolation=None, dict_type=Many)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser documents it
    found.read(folder / "careengine.service")
    return found


def test_nothing_that_is_there_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "compose.yaml").stat().st_mtime_ns
    assert main(["deploy", str(folder)]) == 1
    assert "nothing is overwritten" in capsys.readouterr().err
    assert (folder / "compose.yaml").stat().st_mtime_ns == before


def test_hadolint_finds_nothing_in_the_dockerfile(folder: Path) -> None:
    ran = run(BIN / "hadolint", "--no-color", folder / "Dockerfile")
    assert (ran.returncode, ran.stdout) == (0, "")


def test_the_image_runs_as_nobody_and_has_what_its_build_needs(folder: Path) -> None:
    lines = (folder / "Dockerfile").read_text().splitlines()
    final = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "USER 10001:10001" in final
    assert final.index("USER 10001:10001") < final.index('ENTRYPOINT ["careengine"]')
    assert any(line.startswith("HEALTHCHECK") for line in final)
    copied = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert all((folder / name).exists() for name in copied)
    kept = (folder / ".dockerignore").read_text().splitlines()
    assert kept == ["*", *(f"!{name}" for name in copied)]


def test_the_compose_file_fits_its_schema(folder: Path) -> None:
    ran = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", folder / "compose.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_container_can_write_nothing_and_gain_nothing(folder: Path) -> None:
    service = compose(folder)["services"]["careengine"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_careengine_takes_the_settings_that_the_compose_file_gives(folder: Path) -> None:
    service = compose(folder)["services"]["careengine"]
    given = {name: text for name, text in service["environment"].items() if name.startswith("CAREENGINE_")}
    loaded = Settings.load(folder / "careengine.toml", env=given)
    assert loaded.store.url == given["CAREENGINE_STORE__URL"]
    settings = loaded.service
    assert settings.host == "0.0.0.0"  # noqa: S104  inside the container
    assert settings.workers == 2
    assert stops_within(settings) < seconds(service["stop_grace_period"])


def test_the_container_meets_the_database_that_stands_beside_it(folder: Path) -> None:
    services = compose(folder)["services"]
    mine, server = services["careengine"], services["db"]
    url = make_url(mine["environment"]["CAREENGINE_STORE__URL"])
    given = server["environment"]
    assert (url.host, url.username, url.database) == ("db", given["POSTGRES_USER"], given["POSTGRES_DB"])
    assert url.password is None  # it would be seen in the list of settings
    assert mine["environment"]["PGPASSWORD"] == given["POSTGRES_PASSWORD"]
    assert mine["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert set(given["POSTGRES_INITDB_ARGS"].split()) == {"--encoding=UTF8", "--locale=C"}
    (wanted,) = re.findall(r"^careengine\[(.*?)\]", (folder / "requirements.txt").read_text(), re.MULTILINE)
    assert {"postgres"} <= set(wanted.split(",")) <= set(metadata("careengine").get_all("Provides-Extra") or ())


def stops_within(settings: ServiceSettings) -> float:
    return settings.drain_seconds + settings.grace_seconds + 5  # the supervisor's margin


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_systemd_takes_the_unit(folder: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = (
        (folder / "careengine.service").read_text().replace("/opt/careengine/bin/careengine", str(BIN / "careengine"))
    )
    copy = tmp_path / "careengine.service"
    copy.write_text(text.replace("User=careengine", "User=root").replace("Group=careengine", "Group=root"))
    verified = run("systemd-analyze", "verify", "--man=no", copy)
    assert (verified.returncode, verified.stderr) == (0, "")
    exposure = run("systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", copy)
    assert exposure.returncode == 0, exposure.stdout


def test_the_unit_keeps_the_promises_of_its_settings(folder: Path) -> None:
    service = unit(folder)["Service"]
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    state = service["StateDirectory"]
    assert service["Environment"] == f"CAREENGINE_STORE__URL=sqlite:////var/lib/{state}/careengine.db"
    assert service["KillMode"] == "mixed"
    assert stops_within(Settings().service) < seconds(service["TimeoutStopSec"])


def test_a_rebuild_brings_this_version_with_the_parts_that_the_settings_may_ask_for(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text().splitlines()
    needed = [line for line in lines if not line.startswith("#")]
    assert needed == [f"careengine[oidc,otel,postgres]=={__version__}"]
