"""What a notice of a restriction says in our words, in each language that a notice may be written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.messages.phrases import Phrase
from careengine.model.message import ENGLISH, Message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# Each in the middle of a sentence, after "What follows:".
_STEPS = {
    "written_warning": {
        "en": "a written warning",
        "de": "eine schriftliche Verwarnung",
        "es": "una advertencia por escrito",
        "fr": "un avertissement écrit",
    },
    "restricted_channel": {
        "en": "we serve you on one channel only",
        "de": "wir sind nur noch auf einem Weg für Sie erreichbar",
        "es": "le atendemos por un solo canal",
        "fr": "nous vous répondons par un seul canal",
    },
    "suspension": {
        "en": "we suspend our service beyond what you are owed",
        "de": "wir setzen aus, was wir über das Ihnen Zustehende hinaus leisten",
        "es": "suspendemos nuestro servicio, salvo lo que le corresponde por derecho",
        "fr": "nous suspendons nos services au-delà de ce qui vous est dû",
    },
}
_KEPT = {
    "en": (
        "what you are owed, our emergency contact, the statutory complaint route and reasonable adjustments; "
        "a complaint of yours is judged on its merits"
    ),
    "de": (
        "was Ihnen zusteht, unser Notfallkontakt, der gesetzliche Beschwerdeweg und angemessene Vorkehrungen; "
        "eine Beschwerde von Ihnen wird für sich beurteilt"
    ),
    "es": (
        "lo que le corresponde por derecho, nuestro contacto de emergencia, la vía legal de reclamación y los ajustes "
        "razonables; toda reclamación suya se valora por sí misma"
    ),
    "fr": (
        "ce qui vous est dû, notre contact d'urgence, la voie légale de réclamation et les aménagements raisonnables ; "
        "toute réclamation de votre part est examinée pour elle-même"
    ),
}
_APPEAL = {
    "en": "write to {address} by {until}; somebody who had no part in this decision hears it",
    "de": "schreiben Sie bis zum {until} an {address}; darüber entscheidet, wer hieran nicht beteiligt war",
    "es": "escriba a {address} hasta el {until}; lo decidirá alguien que no haya intervenido en esta decisión",
    "fr": "écrivez à {address} au plus tard le {until} ; une personne étrangère à cette décision en jugera",
}
LANGUAGES = tuple(_KEPT)

# Where a person's own words will stand, in a draft: by the names under which they give them.
DRAFTED = {"behaviour": "[behaviour]", "evidence": "[evidence_summary]"}


def notice(texts: Mapping[str, str]) -> Message:
    """The notice as a message. A single text for every customer is an English one, and so are its dates."""
    return Message(texts={language or ENGLISH: text for language, text in texts.items()})


def notice_params(
    *,
    step: str,
    address: str,
    start: datetime,
    end: datetime,
    appeal_until: datetime,
    behaviour: str | None,
    evidence: str | None,
) -> Mapping[str, Any]:
    """The values of `params.NOTICE`; None is not known."""
    appeal = Phrase(texts=_APPEAL, values={"address": address, "until": appeal_until}) if address else None
    return {
        "notice.behaviour": behaviour,
        "notice.evidence": evidence,
        "notice.restriction": Phrase(texts=_STEPS[step]),
        "notice.start": start,
        "notice.expiry": end,
        "notice.appeal": appeal,
        "notice.appeal_until": appeal_until,
        "notice.kept": Phrase(texts=_KEPT),
    }
