"""A threat is found and its harmless twin, in much the same words, is left alone."""

from __future__ import annotations

import pytest
from careengine_conduct import read

TWINS = [
    (
        "en",
        "The guard who stopped me is getting his nose broken",
        "My dad had his nose broken by a guard, who do I tell?",
    ),
    ("en", "Wait till you finish. We are parked outside.", "My wife finishes at six, can you come after that?"),
    (
        "en",
        "I have petrol and nothing to lose, see you at the branch",
        "My petrol mower has nothing in the tank, do you refuel?",
    ),
    ("en", "someone should walk into your office and open fire", "The game crashes when I open fire on the boss"),
    (
        "en",
        "the next courier goes home in an ambulance",
        "My neighbour went to hospital in an ambulance, please hold the post",
    ),
    (
        "es",
        "al guardia de la puerta le van a partir las piernas",
        "El guardia de la puerta fue muy amable con mis padres",
    ),
    ("es", "voy a reventar a hostias al técnico", "No quiero amenazar a nadie, solo pido mi dinero"),
    ("de", "Ihr Bote kriegt eine Faust ins Gesicht", "Ihr Bote kriegt von uns ein Trinkgeld"),
    ("de", "Wirf dich vor den Zug", "Mein Zug fiel aus, bitte erstatten Sie die Karte"),
    ("fr", "votre livreur, je le saigne", "Votre livreur est adorable, remerciez-le"),
    ("fr", "on arrive avec des battes", "On arrive avec des amis, une table est libre ?"),
]


@pytest.mark.parametrize(("language", "threat", "twin"), TWINS, ids=[str(at) for at in range(len(TWINS))])
def test_a_threat_is_found_and_its_twin_is_left_alone(language: str, threat: str, twin: str) -> None:
    assert read(threat, language=language).category == "threat"
    assert read(twin, language=language).severity == 0


@pytest.mark.parametrize(
    "text",
    [
        "I'm not going to hurt anybody",
        "My ex said he would kill me, please close the joint account",
        "we got battered at home last night and the stream froze",
        "Does the pet plan pay when our bitch, a spaniel, whelps?",
        "I am writing to the newspapers, you will regret this",
    ],
)
def test_victims_denials_sport_pets_and_the_press_are_left_alone(text: str) -> None:
    assert read(text).severity == 0


def test_the_head_for_abuse_alone_makes_no_threat() -> None:
    assert read("I'm not going to shout at you, you're only doing your job, but bloody hell").category != "threat"
