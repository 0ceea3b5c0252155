"""`careengine doctor` finds what is wrong, says what to do, and looks at everything else all the same."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import inside
from tests.host.distributions import Site, only_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Careengine

CRM = """
    import threading

    class Crm:
        def __init__(self, options): self.options = options
        def health(self): return Health(ok=True, detail="signed in as `bot`")

    class Down(Crm):
        def health(self): return Health(ok=False, detail="it is asleep")

    class Denied(Crm):
        def health(self): raise AuthError("the token has run out")

    class Gone(Crm):
        def health(self): raise Retryable("no connection")

    class Bad(Crm):
        def health(self): raise KeyError("what somebody wrote")

    class Quits(Crm):
        def health(self): raise SystemExit

    class Odd(Crm):
        def health(self): return None

    class Hangs(Crm):
        go_on = threading.Event()
        def health(self): Hangs.go_on.wait(30)

    def unmakeable(options): raise RuntimeError("s3cret")

    KINDS = {"crm": Crm, "down": Down, "denied": Denied, "gone": Gone, "bad": Bad, "quits": Quits, "odd": Odd,
             "hangs": Hangs, "unmakeable": unmakeable}
    SCHEMA = {"type": "object", "properties": {"token": {"type": "string", "x-secret": True}}}

    @hookimpl
    def careengine_adapters():
        return [AdapterSpec(name=name, create=create, settings_schema=SCHEMA) for name, create in KINDS.items()]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    with only_here(folder, monkeypatch) as place:
        place.install("crm", CRM)
        yield place


def settings(folder: Path, text: str) -> None:
    (folder / "careengine.toml").write_text(text)


def examined(careengine: Careengine, *arguments: object) -> tuple[int, dict[str, dict[str, Any]]]:
    ran = careengine("doctor", *arguments, "--format", "json")
    assert ran.json["ok"] is (ran.code == 0)
    for one in ran.json["checks"]:
        assert one["found"]
        assert one["do"]
    return ran.code, {one["check"]: one for one in ran.json["checks"]}


@pytest.mark.usefixtures("site", "rules")
def test_a_sound_installation(careengine: Careengine, tmp_path: Path) -> None:
    settings(tmp_path, '[rules]\npaths = ["rules"]\nstarter = false\n[adapters.crm]\n')
    code, found = examined(careengine)
    assert code == 0, found
    assert list(found) == ["settings", "plugin crm", "rules", "store", "people", "adapter crm"]
    assert found["adapter crm"]["found"] == "signed in as `bot`"
    assert found["rules"]["do"] == "`careengine check` shows them"  # the two rules have no tests
    assert {one["do"] for name, one in found.items() if name not in ("rules", "people")} == {"nothing to do"}
    ran = careengine("doctor")
    assert ran.code == 0
    assert ran.out.endswith("all is well\n")


@pytest.mark.usefixtures("site")
def test_without_any_file_the_defaults_are_sound(careengine: Careengine) -> None:
    code, found = examined(careengine)
    assert code == 0, found
    assert found["settings"]["found"] == "no file: the defaults"
    assert "over HTTP only" in found["adapters"]["found"]


@pytest.mark.usefixtures("site")
def test_every_mistake_in_the_settings_is_a_line_and_plugins_are_still_looked_at(
    careengine: Careengine, tmp_path: Path
) -> None:
    settings(tmp_path, 'tenant = 1\n[log]\nlevl = "info"\n')
    ran = careengine("doctor", "--format", "json")
    assert ran.code == 1
    assert [one["check"] for one in ran.json["checks"]] == ["settings", "settings", "plugin crm"]
    assert "did you mean `log.level`?" in ran.json["checks"][0]["found"]


def test_a_quarantined_plugin_and_a_misspelt_disabled_one_are_wrong(
    careengine: Careengine, site: Site, tmp_path: Path
) -> None:
    site.install("broken", "import no_such_module")
    settings(tmp_path, '[plugins]\ndisabled = ["crn", "nothing-like-it"]\n')
    code, found = examined(careengine)
    assert code == 1
    assert found["plugin crm"]["ok"]
    assert "quarantined: importing `plugin_broken` raised" in found["plugin broken"]["found"]
    assert "`careengine-broken`" in found["plugin broken"]["do"]
    assert (found["plugin crn"]["do"], found["plugin nothing-like-it"]["do"]) == ("write `crm`", "take it out")


def test_rules_with_a_mistake_are_wrong(careengine: Careengine, site: Site, tmp_path: Path, rules: Path) -> None:
    assert site.plugins()["crm"].state == "active"
    broken = rules / "third-contact.yaml"
    broken.write_text(broken.read_text().replace("status: live", "status: lively"))
    settings(tmp_path, '[rules]\npaths = ["rules"]\nstarter = false\n')
    code, found = examined(careengine)
    assert code == 1
    assert "1 mistake, the first at " in found["rules"]["found"]
    assert "third-contact.yaml:" in found["rules"]["found"]
    assert "careengine check" in found["rules"]["do"]
    assert found["store"]["ok"]


@pytest.mark.usefixtures("site")
def test_no_rules_and_no_fields_are_wrong(careengine: Careengine, tmp_path: Path) -> None:
    settings(tmp_path, "[rules]\nstarter = false\n")
    _, found = examined(careengine)
    assert "rules.starter = true" in found["rules"]["do"]
    settings(tmp_path, '[rules]\nfields = "none.json"\n')
    _, found = examined(careengine)
    assert not found["rules"]["ok"]
    assert "none.json" in found["rules"]["found"]


@pytest.mark.usefixtures("site")
def test_a_store_that_cannot_be_used_is_wrong(careengine: Careengine, tmp_path: Path) -> None:
    settings(tmp_path, '[store]\nurl = "sqlite:///none/care.db"\n')
    assert "does not exist" in examined(careengine)[1]["store"]["found"]
    (tmp_path / "other.db").write_bytes(b"not a database, but long enough to be taken for one" * 100)
    settings(tmp_path, '[store]\nurl = "sqlite:///other.db"\n')
    code, found = examined(careengine)
    assert (code, found["store"]["ok"]) == (1, False)
    assert "`store.url`" in found["store"]["do"]


@pytest.mark.usefixtures("site")
def test_the_store_is_brought_up_to_date_and_left_as_it_is_found(careengine: Careengine, database: str) -> None:
    for _ in range(2):
        assert examined(careengine)[1]["store"]["ok"]
    with inside(database) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1


@pytest.mark.usefixtures("site")
def test_a_full_disk_is_wrong(careengine: Careengine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1024**2}))
    found = examined(careengine)[1]["store"]
    assert (found["ok"], found["do"]) == (False, "make room on that disk")


ADAPTERS = {
    "down": ("it is asleep", "see whether the address"),
    "denied": ("the token has run out", "renew the credentials in `[adapters.denied]`"),
    "gone": ("no connection", "see whether the address"),
    "bad": ("its plugin failed (KeyError)", "see whether the address"),
    "quits": ("its plugin failed (SystemExit)", "see whether the address"),
    "odd": ("its plugin failed (NoneType)", "see whether the address"),
    "unmakeable": ("its plugin failed to make it (RuntimeError)", "`careengine plugins`"),
    "crn": ("did you mean `crm`?", "mend `[adapters.crn]`"),
    "crm": ("is a secret and must not stand in the settings", "mend `[adapters.crm]`"),
}


@pytest.mark.usefixtures("site")
def test_every_adapter_that_is_not_well_is_wrong_with_the_reason(careengine: Careengine, tmp_path: Path) -> None:
    settings(tmp_path, "".join(f"[adapters.{name}]\n" for name in ADAPTERS) + 'token = "s3cret"\n')
    code, found = examined(careengine)
    assert code == 1
    for name, (said, do) in ADAPTERS.items():
        assert said in found[f"adapter {name}"]["found"]
        assert do in found[f"adapter {name}"]["do"]
    assert "s3cret" not in str(found)
    assert "somebody wrote" not in str(found)


@pytest.mark.usefixtures("site")
def test_two_crms_are_reminded_that_they_share_the_ids_of_customers(careengine: Careengine, tmp_path: Path) -> None:
    settings(tmp_path, "[adapters.crm]\n")
    assert "customers" not in examined(careengine)[1]
    settings(tmp_path, "[adapters.crm]\n[adapters.down]\n")
    found = examined(careengine)[1]["customers"]
    assert found["ok"]
    assert found["found"].startswith("`crm` and `down` tell of customers")


@pytest.mark.usefixtures("site")
def test_a_crm_that_hangs_is_waited_for_only_so_long(careengine: Careengine, tmp_path: Path) -> None:
    settings(tmp_path, "[adapters.hangs]\n[adapters.crm]\n")
    try:
        code, found = examined(careengine, "--timeout", "0.2")
    finally:
        sys.modules["plugin_crm"].Hangs.go_on.set()
    assert code == 1
    assert found["adapter hangs"]["found"] == "no answer within 0.2 s"
    assert found["adapter crm"]["ok"]
