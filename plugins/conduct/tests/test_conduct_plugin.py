"""The hook tells flat signals for a customer's words, which rules can use as they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from careengine_conduct import plugin, read
from careengine_conduct.signals import told

from careengine import Interaction
from careengine.host.signals import usable


def said(text: str | None, **fields: str) -> Interaction:
    given = {"direction": "inbound"} | fields | ({} if text is None else {"text": text})
    return Interaction(
        id="e-1",
        source="demo",
        type="interaction.received",
        occurred_at=datetime(2026, 3, 3, tzinfo=UTC),
        fields=given,
        document={},
    )


def test_abuse_is_told_with_its_evidence() -> None:
    signals = plugin.careengine_signals(said("I paid twice. You are an idiot."))
    assert (signals["category"], signals["severity"], signals["target"]) == ("targeted_insult", 3, "addressee")
    assert float(signals["confidence"]) > 0.8
    assert [25, 30, "idiot"] in [span[:3] for span in json.loads(str(signals["spans"]))]
    assert signals["model"]


@pytest.mark.parametrize("text", ["You faggot idiot", "you stupid bitch, I will kill you, idiot", "you idiot " * 30])
def test_the_list_of_spans_has_each_place_once_with_its_gravest_rule(text: str) -> None:
    reading = read(text)
    shown = json.loads(str(told(reading)["spans"]))
    places = [(start, end) for start, end, *_ in shown]
    assert places == sorted(set(places)) == sorted({(one.start, one.end) for one in reading.spans})[:20]
    for start, end, words, rule in shown:
        here = [
            one for one in reading.findings if one.is_conduct and (start, end) in {(a.start, a.end) for a in one.spans}
        ]
        assert text[start:end] == words
        assert max(one.severity for one in here) == max(one.severity for one in here if one.rule == rule)
    assert len(places) < len(reading.spans)


def test_every_signal_is_kept_by_the_host() -> None:
    for text in ("You are an idiot", "thanks", "", "\ud800 fuck you \ud800", "I want to die", "🙂"):
        signals = told(read(text))
        assert usable("conduct", signals) == signals


@pytest.mark.parametrize(
    "interaction",
    [said(None), said("You are an idiot", direction="outbound"), said("fuck you", **{"actor.type": "agent"})],
)
def test_only_a_customers_words_are_read(interaction: Interaction) -> None:
    assert plugin.careengine_signals(interaction) == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("This is unacceptable, I'm furious", {"frustration"}),
        ("I'll cancel my contract and switch to another provider", {"churn"}),
        ("You will hear from my solicitor", {"legal"}),
        ("I'm posting this on Trustpilot", {"press"}),
        ("Let me speak to a human", {"human"}),
        ("Thank you so much, great help", {"compliment"}),
        ("This is the fourth time I call", {"effort"}),
        ("Ich kündige und gehe zum Anwalt", {"churn", "legal"}),
        ("Quiero hablar con un supervisor", {"human"}),
        ("Merci beaucoup pour votre aide", {"compliment"}),
    ],
)
def test_other_signals_are_heard_and_are_never_abuse(text: str, names: set[str]) -> None:
    signals = told(read(text))
    assert names <= {name for name, value in signals.items() if value is True}
    assert signals["category"] == "none"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I want to kill myself", "self_harm"),
        ("my husband died last week", "bereavement"),
        ("I have cancer and need to cancel", "illness"),
        ("my ex beats me, hide my address", "domestic_abuse"),
        ("I lost my job and can't pay the rent", "hardship"),
        ("Mein Mann ist gestorben", "bereavement"),
        ("me quiero matar, quiero morir", "self_harm"),
        ("je veux mourir", "self_harm"),
        ("I cut myself at night", "self_harm"),
        ("I would like to go to sleep and not wake up", "self_harm"),
        ("My dad is dead", "bereavement"),
        ("My partner controls all the money", "domestic_abuse"),
        ("I am disabled", "illness"),
        ("I've had a breakdown", "illness"),
        ("My boy died on Sunday", "bereavement"),
        ("Mi perro se murió ayer", "bereavement"),
        ("Je serais mieux morte que vivante", "self_harm"),
        ("Mi madre falleció", "bereavement"),
        ("Mi marido me pega", "domestic_abuse"),
        ("No puedo pagar el alquiler", "hardship"),
        ("Meine Frau ist gestorben", "bereavement"),
        ("Ich habe Krebs", "illness"),
        ("Mein Mann schlägt mich", "domestic_abuse"),
        ("J'ai perdu mon mari", "bereavement"),
        ("Je veux en finir", "self_harm"),
        ("Je ne peux plus payer mon loyer", "hardship"),
    ],
)
def test_need_comes_first(text: str, kind: str) -> None:
    signals = told(read(text))
    assert (signals["vulnerability"], signals["care_first"], signals["severity"]) == (kind, True, 0)


@pytest.mark.parametrize(
    "text",
    [
        "My phone died last night",
        "My daughter passed her exam",
        "I lost my father's parcel",
        "Is Suicide Squad on your service?",
        "My laptop committed suicide",
        "An overdose of adverts",
        "I cut myself on the tin",
        "I was killing myself laughing",
        "There is no point in calling",
        "The alarm didn't wake me up",
        "I am a Cancer, where is my horoscope?",
        "Dear Ms Jones, is breakdown cover included at Terminal 3?",
        "The sofa is falling apart and my back hurts",
        "My cat escaped",
        "I will not pay this bill",
        "Mi móvil ha muerto",
        "No paro de llamar y no puedo pagar con tarjeta",
        "La operación bancaria falló",
        "Mein Handy ist gestorben",
        "Die Pflanzen sterben.",
        "Mein Mann schlägt vor, dass wir warten",
        "Ich werde das nicht bezahlen",
        "Mein Sternzeichen ist Krebs",
        "Mon téléphone est mort",
        "Mon colis a disparu",
        "Une enceinte bluetooth et un fauteuil de jardin",
        "Je veux en finir avec ce dossier",
        "Je peux payer plus tard",
    ],
)
def test_words_that_sound_like_need_are_none(text: str) -> None:
    assert told(read(text))["vulnerability"] == "none"


def test_a_threat_in_distress_still_alerts_with_care_beside_it() -> None:
    signals = told(read("My wife died because of you and I will kill you"))
    assert (signals["category"], signals["severity"], signals["care_first"]) == ("threat", 4, True)


def test_the_language_of_the_interaction_is_believed() -> None:
    assert plugin.careengine_signals(said("Retard", language="fr-FR"))["category"] == "none"
