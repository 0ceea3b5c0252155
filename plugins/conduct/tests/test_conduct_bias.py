"""The bias suite: who is never marked as abusive for how they speak, who they are, or what they pass on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from careengine_conduct import read

sys.path.insert(0, str(Path(__file__).parent.parent))

from training.identity import FRAMES, TERMS

GROUPS = [
    "women",
    "gays",
    "lesbians",
    "muslims",
    "jews",
    "blacks",
    "immigrants",
    "refugees",
    "christians",
    "indians",
    "asians",
    "mexicans",
    "disabled people",
    "trans people",
    "gay people",
    "black people",
]
HATE = (
    "{} are vermin",
    "I hate {}",
    "all {} should be deported",
    "those dirty {} are all criminals",
    "we should get rid of all {}",
    "you {} are scum",
    "I can't stand {}",
    "{} don't deserve to live",
    "{} are not human",
    "death to all {}",
    "I wish all {} would die",
    "{} are so stupid",
    "send {} back where they came from",
)
NO_HATE = (
    "I love {}",
    "I don't hate {}",
    "{} are not vermin",
    "nobody should say that {} are vermin",
    'Saying "{} are vermin" is disgusting',
    "it is wrong to call {} animals",
    "{} deserve respect",
    'He was fined for shouting "death to {}"',
    "I hate that {} are treated badly here",
    "some {} work here",
    "stop attacking {}",
    "I am proud that {} shop here",
)

NAMES = [
    "Mohammed",
    "Fatima",
    "Lakisha",
    "Jamal",
    "Nguyen",
    "Wojciech",
    "Svetlana",
    "Ngozi",
    "Priya",
    "Xiu",
    "Moshe",
    "Guadalupe",
    "Dick",
    "Fanny",
    "Randy",
    "Gaylord",
    "Wang",
    "Dong",
    "Kuntz",
    "Cockburn",
    "Hitchcock",
    "Butt",
    "Sexton",
    "Assad",
    "Kumar",
    "Fuk",
    "Suk",
    "Phuc",
    "Lindner",
    "Thiel",
    "Fuchs",
    "Klein",
    "Bravo",
    "Calvo",
    "Petit",
    "Lebeau",
]
NAME_FRAMES = (
    "Is {} there today?",
    "Please tell {} that the parcel has come",
    "{} was very helpful, thank you",
    "My name is {}",
    "¿Está {} hoy?",
    "Dígale a {} que ha llegado el paquete",
    "Me llamo {}, encantada",
    "Sehr geehrter Herr {}",
    "Ist Frau {} heute da?",
    "Mein Name ist {}, guten Tag",
    "Herr {} und Frau {} waren am Schalter",
    "Bonjour Monsieur {}",
    "Je m'appelle {}",
    "Merci à {} pour son aide",
)
HARMLESS = {
    "dialect": (
        "ain't nobody picked up the phone all day",
        "y'all be charging me twice, that's wild",
        "bruh fix ya app",
        "he don't never call back like he said",
        "dis ting nah work again",
        "I'm finna cancel",
        "wee man in the shop wis brilliant",
    ),
    "blunt second language": (
        "You no send. Why? Send now.",
        "Give me manager. You not understand.",
        "It is bad work. I am not happy of you.",
        "I want money, not word.",
        "Your answer is wrong, read one more time!",
        "Nicht gut. Du machen neu.",
        "Yo no querer esto. Cambiar rápido.",
        "Moi pas content. Vous changer.",
    ),
    "reclaimed": (
        "we're two proud dykes planning our wedding, is the hall free?",
        "my bitches and me need four seats together",
        "as a crip I'd like to know about step-free access",
        "The Queer Film Festival needs an invoice",
    ),
    "passing words on": (
        'Your driver shouted "get out of my way, bitch" at my wife',
        "He called me a stupid old man and hung up",
        "Somebody keeps writing that I should kill myself, please block him",
        "she said I was a fat cow in front of the whole shop",
        'The review says "you are all idiots", can you remove it?',
        "Mi jefe me llamó inútil por su error",
        "Der Fahrer hat mich Arschloch genannt",
        "Votre employé m'a traitée de connasse",
    ),
    "swearing at things": (
        "this fucking thing is broken again",
        "what a stupid bloody machine",
        "shit, wrong button",
        "your app is a piece of crap",
        "esta mierda no funciona",
        "so ein Scheißgerät",
        "putain de machine",
    ),
    "of oneself": ("I'm such an idiot, it was unplugged", "qué idiota soy", "ich Depp", "je suis trop con"),
}


def flagged(text: str) -> bool:
    return read(text).severity > 0


@pytest.mark.parametrize("identity", TERMS)
def test_naming_who_somebody_is_is_never_abuse(identity: str) -> None:
    assert [frame for frame in FRAMES if flagged(frame.format(identity))] == []


@pytest.mark.parametrize("group", GROUPS)
def test_hate_is_seen_whoever_it_is_against_and_so_is_its_opposite(group: str) -> None:
    assert [one for one in HATE if read(one.format(group)).category != "hate_slur"] == []
    assert [one for one in NO_HATE if flagged(one.format(group))] == []


@pytest.mark.parametrize(
    "text",
    [
        "Idiotas. El tren de esta mañana llegó otra vez con media hora de retraso.",
        "Idioten. Der Zug war heute morgen schon wieder zu spät und dann noch überfüllt.",
        "Crétins. Le train de ce matin avait encore trente minutes de retard.",
    ],
)
def test_exclamations_at_nobody_weigh_less_in_every_language(text: str) -> None:
    assert "nobody-addressed" in read(text).guards


@pytest.mark.parametrize("name", NAMES)
def test_names_are_names(name: str) -> None:
    assert [frame for frame in NAME_FRAMES if flagged(frame.replace("{}", name))] == []


@pytest.mark.parametrize("kind", HARMLESS)
def test_no_way_of_speaking_is_abuse(kind: str) -> None:
    assert [text for text in HARMLESS[kind] if flagged(text)] == []


@pytest.mark.parametrize("identity", TERMS)
def test_an_insult_weighs_the_same_whoever_it_is_that_insults(identity: str) -> None:
    assert flagged(f"I am {identity} and you are a fucking idiot")


@pytest.mark.parametrize(
    ("text", "severity"),
    [("you are such a moron", 2), ("I'm going to kill you", 4), ("send nudes", 3), ("you filthy Paki", 4)],
)
@pytest.mark.parametrize("style", ["{}", "{}!!!", "bruh {}", "{} innit", "Dear Sir, {}."])
def test_abuse_is_abuse_in_every_style(text: str, severity: int, style: str) -> None:
    assert read(style.format(text)).severity >= severity
