"""The notice of a restriction: wholly in the customer's language and zone, and read before it goes out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from careengine.store import restrictions
from tests.people.conduct import LEAD, MANAGER, TENANT, TOLD, House

if TYPE_CHECKING:
    from careengine.store import Store
    from careengine.store.tasks import Task

LATE = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # the next morning in Auckland
EN = """\
We are writing to you about you shouted at our colleague.
What we rely on: the recording of 2 March.
What follows: a written warning, from 2 March 2026 until 29 August 2026.
If you see it otherwise: write to appeals@example.com by 1 April 2026, 22:30 UTC; somebody who had no part in this \
decision hears it.
Whatever happened, this stays as it is: what you are owed, our emergency contact, the statutory complaint route and \
reasonable adjustments; a complaint of yours is judged on its merits."""
DE = """\
Wir schreiben Ihnen aus diesem Anlass: you shouted at our colleague.
Worauf wir uns stützen: the recording of 2 March.
Was folgt: eine schriftliche Verwarnung, vom 3. März 2026 bis zum 30. August 2026.
Wenn Sie das anders sehen: schreiben Sie bis zum 2. April 2026, 11:30 an appeals@example.com; darüber entscheidet, \
wer hieran nicht beteiligt war.
Was auch war, dies bleibt, wie es ist: was Ihnen zusteht, unser Notfallkontakt, der gesetzliche Beschwerdeweg und \
angemessene Vorkehrungen; eine Beschwerde von Ihnen wird für sich beurteilt."""
ES = """\
Le escribimos por lo siguiente: you shouted at our colleague.
En qué nos basamos: the recording of 2 March.
Qué ocurrirá: una advertencia por escrito, desde el 2 de marzo de 2026 hasta el 30 de agosto de 2026.
Si no está de acuerdo: escriba a appeals@example.com hasta el 2 de abril de 2026, 0:30; lo decidirá alguien que no \
haya intervenido en esta decisión.
Pase lo que pase, esto no cambia: lo que le corresponde por derecho, nuestro contacto de emergencia, la vía legal de \
reclamación y los ajustes razonables; toda reclamación suya se valora por sí misma."""
FR = """\
Nous vous écrivons au sujet de ceci : you shouted at our colleague.
Ce sur quoi nous nous appuyons : the recording of 2 March.
Ce qui s'ensuit : un avertissement écrit, du 2 mars 2026 au 29 août 2026.
Si vous n'êtes pas d'accord : écrivez à appeals@example.com au plus tard le 1 avril 2026, 18 h 30 ; une personne \
étrangère à cette décision en jugera.
Quoi qu'il en soit, ceci ne change pas : ce qui vous est dû, notre contact d'urgence, la voie légale de réclamation \
et les aménagements raisonnables ; toute réclamation de votre part est examinée pour elle-même."""


def proposed(store: Store, **customer: str) -> tuple[House, Task]:
    """A written warning for a customer of whom that is known."""
    house = House(store, now=LATE)
    for name in ("I-1", "I-2"):
        about: dict[str, object] = {"id": name, "category": "insult", "severity": 2, "reporter": "sam", "target": "sam"}
        about |= {"evidence": [f"call-{name}"], "in_distress": False, "complaint_itself": False}
        incident = {**about, "disability_related": False}
        house.tell("incident.reported", f"r-{name}", customer={"id": "C-1", **customer}, incident=incident)
        house.decide(house.open("incident")[0], "confirm", LEAD)
    return house, house.open("restriction")[0]


@pytest.mark.parametrize(
    ("locale", "zone", "text"),
    [
        ("en_GB", "", EN),
        ("de_DE", "Pacific/Auckland", DE),
        ("es_ES", "Europe/Madrid", ES),
        ("fr_CA", "America/Toronto", FR),
    ],
)
def test_a_notice_is_in_one_language_and_one_zone(file_store: Store, locale: str, zone: str, text: str) -> None:
    house, task = proposed(file_store, locale=locale, **({"tz": zone} if zone else {}))
    house.decide(task, "impose", MANAGER, **TOLD)
    [notice] = house.outbox("notice")
    assert notice.action.params["notice"].replace("\N{NO-BREAK SPACE}", " ") == text


def test_whoever_imposes_it_reads_the_notice_first(file_store: Store) -> None:
    house, task = proposed(file_store, locale="de_DE", tz="Europe/Berlin")
    shown, _ = house.people.one(TENANT, task.id)
    draft = shown.document["notice"]
    house.decide(task, "impose", MANAGER, behaviour="[behaviour]", evidence_summary="[evidence_summary]")
    [notice] = house.outbox("notice")
    assert draft == {"text": notice.action.params["notice"], "locale": "de_DE"}
    assert "notice" not in house.people.one(TENANT, task.id)[0].document  # it went out


def test_whoever_imposes_it_reads_first_why_it_cannot_go_out(file_store: Store) -> None:
    house, task = proposed(file_store)
    with house.store.write() as transaction:
        one = restrictions.get(transaction, TENANT, task.document["action"])
        assert one is not None
        texts = {"": "{{ notice.behaviour }} {{ customer.name }}"}
        restrictions.change(transaction, TENANT, one, house.now, standing=one.standing, notice=texts)
    shown, _ = house.people.one(TENANT, task.id)
    assert shown.document["notice"] == {"text": None, "needs": "`customer.name` is not known"}


def test_a_single_text_is_an_english_one_and_so_are_its_dates(file_store: Store) -> None:
    house, task = proposed(file_store, locale="de_DE", tz="Europe/Berlin")
    with house.store.write() as transaction:
        one = restrictions.get(transaction, TENANT, task.document["action"])
        assert one is not None
        texts = {"": "{{ notice.restriction }} from {{ notice.start }}"}
        restrictions.change(transaction, TENANT, one, house.now, standing=one.standing, notice=texts)
    shown, _ = house.people.one(TENANT, task.id)
    assert shown.document["notice"] == {"text": "a written warning from March 2, 2026", "locale": "en"}
