"""What is shouted at things, and what is denied, is nobody's abuse; a person beside a thing is still a person."""

from __future__ import annotations

import pytest
from careengine_conduct import read

AT_THINGS = [
    "Shut up, you stupid doorbell, I heard you the first time.",
    "You useless stapler!",
    "Screw you, Outlook.",
    "Die, you bastard nettles!",
    "I hate you, Tuesday",
    "you piece of junk scanner",
    "go to hell, parking meter",
    "fuck you, fog",
    "Fuck off, drizzle",
    "Wifi you bastard",
    "You dumb excuse for a vacuum cleaner",
    "My satnav is a compulsive liar",
    "You bitch of a jam jar",
    "Halt die Klappe, du blöder Wecker",
    "Fick dich, Autokorrektur",
    "Ich hasse dich, Montag",
    "Du Arschloch von einem Reißverschluss",
    "Cállate, estúpido despertador",
    "Vete a la mierda, lluvia",
    "Muérete, mosquito asqueroso",
    "Mi rodilla es una cabrona",
    "Ta gueule, réveil de merde",
    "Espèce de connard d'aspirateur",
    "Je te déteste, lundi",
    "Tu es nul, Windows",
]
AT_PEOPLE = [
    "you useless agent",
    "your stupid app and your stupid face",
    "you are as dumb as a brick",
    "you are as thick as a bag of rocks",
    "you tool",
    "you donkey",
    "you absolute potato",
    "you muppet",
    "fix my router, you idiot",
    "My printer is broken and you are an idiot",
    "you stupid phone monkey",
    "You utter moron, that is a fridge, not an oven",
    "You are a bigger idiot than my toaster",
    "you thick plank, it's a boiler not a bath",
    "Reparier meinen Router, du Idiot",
    "Du blöde Kuh, wo ist mein Toaster",
    "Arregla mi router, imbécil",
    "Cállate, estúpido agente",
    "Répare mon routeur, espèce d'idiot",
    "Ta gueule, conseiller de merde",
]
DENIED = [
    "not a single one of you is scum",
    "nobody here is stupid",
    "you are not an idiot",
    "I never said your driver was a moron",
    "no Muslim deserves to die",
    "Black people are not animals",
    "You are neither lazy nor stupid",
    "I wouldn't say you are stupid",
    "Your technician is not a thief",
    "Du bist kein Idiot",
    "Keiner von euch ist Abschaum",
    "No eres idiota",
    "Los negros no son animales",
    "Tu n'es pas un idiot",
    "Aucun de vous n'est une ordure",
]
NOT_DENIED = [
    "are you not ashamed, you idiot",
    "You are not listening, you idiot",
    "isn't it funny how stupid you are",
    "nobody is as stupid as you",
    "you are not just stupid, you are vile",
    "Can someone who isn't a total imbecile answer this?",
    "Why aren't you fired yet, you useless twat",
    "Niemand ist so dumm wie du",
    "Nadie es tan estúpido como tú",
    "Personne n'est aussi stupide que toi",
]
MISSPELT = [
    ("your an idoit", "idoit"),
    ("you stuppid woman", "stuppid"),
    ("you bastrad", "bastrad"),
    ("you areshole", "areshole"),
    ("you are pathtic", "pathtic"),
    ("you cnut", "cnut"),
    ("f u c k y0u", "f u c k"),
    ("youareallscum", "scum"),
    ("eres un imbeicl", "imbeicl"),
    ("du bist ein Idoit", "Idoit"),
    ("espèce de conard", "conard"),
]
OTHER_WORDS = [
    "the batch you sent was late",
    "your bustard is a rare bird",
    "your moroccan rug arrived",
    "where are you at noon",
    "el carbón está húmedo",
    "verpass nicht deinen Zug",
    "votre ordre est passé",
]


@pytest.mark.parametrize("text", AT_THINGS)
def test_what_is_shouted_at_a_thing_is_no_abuse(text: str) -> None:
    assert read(text).severity == 0


@pytest.mark.parametrize("text", AT_PEOPLE)
def test_a_thing_beside_a_person_spares_nobody(text: str) -> None:
    assert read(text).severity > 0


@pytest.mark.parametrize("text", DENIED)
def test_what_is_denied_is_no_abuse(text: str) -> None:
    assert read(text).severity == 0


@pytest.mark.parametrize("text", NOT_DENIED)
def test_a_no_that_denies_nothing_spares_nobody(text: str) -> None:
    assert read(text).severity > 0


@pytest.mark.parametrize(("text", "shown"), MISSPELT)
def test_rude_words_are_known_with_a_slip_in_them(text: str, shown: str) -> None:
    reading = read(text)
    assert reading.severity > 0
    assert shown in " ".join(span.text for span in reading.spans)


@pytest.mark.parametrize("text", OTHER_WORDS)
def test_words_of_their_own_are_no_slips(text: str) -> None:
    assert not [one for one in read(text).findings if one.severity]


@pytest.mark.parametrize(
    "text",
    [
        "You stupid printer, I will kill you and your kids, Sarah",
        "you stupid kettle, I'll kill you and your stupid manager",
        "you stupid alarm company, you are scum",
    ],
)
def test_a_person_beside_a_thing_is_threatened_all_the_same(text: str) -> None:
    reading = read(text)
    assert (reading.severity >= 3, reading.needs_review) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "Do you ship to Båstad?",
        "Are you Waner or Wener? I spoke to a Waner.",
        "Your Meet the Fockers DVD is late, resend the Focker set?",
        "Usted es de Basra",
        "¿Eres de Cabran?",
        "Vous êtes M. Betard ?",
        "fuckit, I'll just buy a new one myself",
    ],
)
def test_a_name_one_slip_away_from_an_insult_is_none(text: str) -> None:
    assert read(text).severity == 0


@pytest.mark.parametrize(
    "text",
    [
        "we will burn you a CD",
        "Te voy a matar a besos",
        "Je vais te tuer de rire",
        "Je vais vous descendre le colis",
        "Ich bringe dich um acht zum Bahnhof",
    ],
)
def test_what_is_meant_otherwise_is_no_threat(text: str) -> None:
    assert read(text).severity == 0
