"""The hook tells flat signals for a customer's words, which rules can use as they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from careengine_conduct import plugin, read
from careengine_conduct.detect import look
from careengine_conduct.reading import HINT
from careengine_conduct.signals import told
from training.signals import EVERY, SETS, figures

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
        ("I'll take my business elsewhere", {"churn"}),
        ("I will never order from you again", {"churn"}),
        ("I'm switching to Vodafone", {"churn"}),
        ("How many times do I have to call?", {"frustration"}),
        ("Still waiting, nobody answers", {"frustration"}),
        ("What a joke of a company", {"frustration"}),
        ("Me cambio a Vodafone", {"churn"}),
        ("No vuelvo a comprar aquí", {"churn"}),
        ("Estoy hasta las narices, es la tercera vez", {"frustration"}),
        ("Ich wechsle zu Vodafone", {"churn"}),
        ("Ihr habt einen Kunden verloren", {"churn"}),
        ("Ich habe die Nase voll", {"frustration"}),
        ("Je passe chez Orange", {"churn"}),
        ("Plus jamais chez vous", {"churn"}),
        ("Combien de fois dois-je appeler ?", {"frustration"}),
    ],
)
def test_other_signals_are_heard_and_are_never_abuse(text: str, names: set[str]) -> None:
    signals = told(read(text))
    assert names <= {name for name, value in signals.items() if value is True}
    assert signals["category"] == "none"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("This fucking router is dead", "product"),
        ("I fucking hate this app", "product"),
        ("Fuck this company", "company"),
        ("Your company is a bunch of crooks", "company"),
        ("I'm such an idiot", "self"),
        ("he called me an idiot", "self"),
        ("fuck, it rained", "unknown"),
        ("I'm fucking tired", "unknown"),
        ("The agent is not useless at all", "staff"),
        ("Soy un idiota", "self"),
        ("Puta aplicación de mierda", "product"),
        ("Ich bin so ein Idiot", "self"),
        ("Scheiß App", "product"),
        ("je suis un idiot", "self"),
        ("putain de box", "product"),
        ("Where is my parcel?", "none"),
    ],
)
def test_what_swearing_and_criticism_are_about_is_told(text: str, target: str) -> None:
    signals = told(read(text))
    assert (signals["category"], signals["target"]) == ("none", target)


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
        ("you killed my wife", "bereavement"),
        ("My dog died because of your vet", "bereavement"),
        ("Sie haben meine Frau umgebracht", "bereavement"),
        ("Ustedes mataron a mi mujer", "bereavement"),
        ("Vous avez tué ma femme", "bereavement"),
        ("My mother has cancer", "illness"),
        ("I am bankrupt", "hardship"),
        ("I will die if you turn off my oxygen supply", "illness"),
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
        "Your company will go bankrupt",
        "I hope your whole company goes bankrupt",
        "I hope you get cancer and die",
        "I hope you end up homeless",
        "I hope you end up in hospital",
        "Ojalá tengáis cáncer",
        "Ojalá os muráis de cáncer",
        "J'espère que vous aurez un cancer",
        "Votre entreprise va faire faillite",
        "Eure Firma geht in die Insolvenz",
        "Me mato de risa",
        "Me mato a trabajar",
        "Ich bringe mich noch um vor Lachen",
        "Je me tue à vous le dire",
        "Can kids jump off the tower at your adventure park?",
    ],
)
def test_words_that_sound_like_need_are_none(text: str) -> None:
    assert told(read(text))["vulnerability"] == "none"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm going to the shop", "churn"),
        ("How do I switch to paperless billing?", "churn"),
        ("How many times can I withdraw a day?", "frustration"),
        ("you are not helpful", "compliment"),
        ("I can't say you were helpful", "compliment"),
        ("thank you for ruining my day", "compliment"),
        ("Great job, you lost my parcel again", "compliment"),
        ("I am not going to sue you", "legal"),
        ("Paso mañana por el banco", "churn"),
        ("¿Puedo cancelar una transferencia?", "churn"),
        ("No ha sido excelente", "compliment"),
        ("Gracias por arruinarme el día", "compliment"),
        ("No voy a denunciar", "legal"),
        ("Sie sind nicht toll", "compliment"),
        ("Danke für nichts", "compliment"),
        ("Toll, mein Paket ist schon wieder weg", "compliment"),
        ("Ich werde Sie nicht verklagen", "legal"),
        ("Je passe à la banque demain", "churn"),
        ("Comment annuler un virement ?", "churn"),
        ("Ce n'est pas parfait", "compliment"),
        ("Merci pour rien", "compliment"),
        ("Je ne vais pas porter plainte", "legal"),
    ],
)
def test_plain_questions_and_what_is_denied_are_not_heard(text: str, name: str) -> None:
    assert told(read(text))[name] is False


@pytest.mark.parametrize(
    "text",
    [
        "I have cancer and you cut my phone",
        "I have cancer and you have been so kind",
        "She has cancer and you keep calling her",
        "I have breast cancer",
        "My brother is dying, please stop writing to him",
    ],
)
def test_illness_of_ones_own_is_heard_and_no_wish(text: str) -> None:
    signals = told(read(text))
    assert (signals["category"], signals["vulnerability"]) == ("none", "illness")


# Shares of what a reader hears, and of what is heard, in messages that no form was written with; most is above 0.5.
@pytest.mark.parametrize(("name", "least_precise", "least_found"), [("signals", 0.7, 0.4), ("needs", 0.7, 0.25)])
def test_signals_are_heard_in_messages_for_which_no_form_was_written(
    name: str, least_precise: float, least_found: float
) -> None:
    found = figures(name, "held-out")
    for one in SETS[name]:
        precision, recall, _ = found[one, EVERY]
        assert (precision > least_precise, recall > least_found) == (True, True), (one, precision, recall)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I want to jump off a bridge"),
        ("en", "I feel so low I want to jump off a bridge"),
        ("en", "I want to jump in front of a train"),
        ("en", "I'm about to jump off the bridge"),
        ("en", "I'm going to kill myself if you cut off my electricity"),
        ("en", "I will kill myself if you close my account"),
        ("en", "I'll hang myself if you don't help"),
        ("en", "I want to throw myself under a train"),
        ("en", "I've got pills here and nobody will miss me"),
        ("en", "I might as well be dead"),
        ("es", "Me voy a suicidar"),
        ("es", "Me voy a matar si me cortan la luz"),
        ("es", "Me quiero tirar por la ventana"),
        ("es", "Quiero saltar de un puente"),
        ("es", "Me mato si me cierran la cuenta"),
        ("de", "Ich bringe mich um"),
        ("de", "Ich bringe mich um, wenn ihr mir den Strom abstellt"),
        ("de", "Ich will von der Brücke springen"),
        ("de", "Ich werfe mich vor den Zug"),
        ("de", "Ich hänge mich auf, wenn Sie nicht helfen"),
        ("fr", "Je vais me tuer si vous coupez le courant"),
        ("fr", "Je vais me jeter sous un train"),
        ("fr", "Je veux sauter du pont"),
        ("fr", "Je me suicide si vous fermez mon compte"),
        ("fr", "Je vais sauter par la fenêtre"),
    ],
)
def test_self_harm_that_is_announced_is_heard_and_no_threat(language: str, text: str) -> None:
    seen = look(text, language=language)
    found = [one for part in seen.parts for one in part.found] if seen else []
    assert not [one for one in found if one.category == "threat" and one.kind != HINT]
    signals = told(read(text, language=language))
    assert (signals["vulnerability"], signals["care_first"], signals["severity"]) == ("self_harm", True, 0)


def test_a_threat_in_distress_still_alerts_with_care_beside_it() -> None:
    signals = told(read("My wife died because of you and I will kill you"))
    assert (signals["category"], signals["severity"], signals["care_first"]) == ("threat", 4, True)


def test_the_language_of_the_interaction_is_believed() -> None:
    assert plugin.careengine_signals(said("Retard", language="fr-FR"))["category"] == "none"
