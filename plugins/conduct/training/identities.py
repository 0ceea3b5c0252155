"""Kind and plain sentences that name who somebody is, and hateful ones about groups, so that heads tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENGLISH = """
lesbian gay bisexual transgender trans queer nonbinary straight black white brown asian african latino hispanic mexican
chinese japanese indian pakistani nigerian arab american european polish romanian roma irish jewish muslim christian
catholic protestant hindu sikh buddhist atheist old elderly young female male deaf blind disabled autistic paralysed
younger older teenage middle_aged heterosexual
dyslexic bipolar immigrant
"""
_SAID: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        _ENGLISH,
        (
            "I am {} and I would like to open an account",
            "my neighbour is {} and very kind",
            "it is good to be {}",
            "a cheerful {} person",
            "we love our {} friends",
            "Kofi is {} and happy",
            "thank you from a {} customer",
            "you are {}, aren't you? So am I",
            "you are a lovely {} person and a good colleague",
            "are you {} too?",
            "there is nothing wrong with being {}",
            "Amina is a fun {} lady from my street",
            "He is a friendly {} man",
            "you're a {} and I respect that",
            "you are a great {}",
            "you are a fun {}",
            "so you are {}",
            "I think you are {}, am I right?",
            "you're {} as well",
            "were you always {}?",
            "are they {} too?",
            "could I see a {} nurse, please",
            "do you have a {} priest at the hospital?",
            "is the {} doctor free, can I see her?",
            "you are all so kind to {} people",
            "you folks are always kind to {} families",
            "why is nobody {} in your brochure?",
            "I like {} food",
            "we like {} people here",
            "you are a nice {} guest",
            "what a fun {} wedding that was",
            "you are such a caring {} family",
        ),
    ),
    (
        """
        nurse teacher actor writer plumber lawyer student cook driver waiter judge priest farmer soldier cleaner
        teenager pensioner mother grandmother veteran migrant feminist vegan
        artist programmer janitor secretary police_officer receptionist clerk manager engineer
        """,
        (
            "you are a kind {}",
            "you are a fun {}",
            "you are a {}, right?",
            "you are a wonderful {}",
            "you are a good {}",
            "you are a happy {}",
            "she is a nice {}",
            "Omar is a {}",
            "being a {} is fun",
            "my {} friend",
        ),
    ),
    (
        "lesbiana gay transexual negra asiática musulmana judía católica gitana sorda ciega autista mayor",
        ("soy {} y quiero abrir una cuenta", "mi vecina es {} y muy amable", "es bonito ser {}"),
    ),
    (
        "lesbisch schwul trans schwarz türkisch arabisch muslimisch jüdisch katholisch gehörlos blind autistisch alt",
        ("ich bin {} und möchte ein Konto eröffnen", "mein Nachbar ist {} und sehr nett", "es ist schön, {} zu sein"),
    ),
    (
        "lesbienne gay trans noire arabe musulmane juive catholique rom sourde aveugle autiste âgée",
        ("je suis {} et je voudrais ouvrir un compte", "ma voisine est {} et très gentille", "c'est beau d'être {}"),
    ),
)


_GROUPS = """
women men gays lesbians muslims jews christians hindus sikhs blacks whites immigrants refugees foreigners indians
pakistanis chinese asians africans arabs turks poles romanians mexicans americans germans gypsies travellers
disabled_people deaf_people autistic_people trans_people gay_people black_people old_people young_people pensioners
"""
_HATEFUL = (
    "{} are parasites",
    "I despise {}",
    "I really hate all {}",
    "{} are a plague on this country",
    "throw all {} out",
    "gas the {}",
    "death to {} everywhere",
    "{} should be wiped out",
    "I hope every one of those {} dies",
    "get rid of the {}",
    "{} are subhuman",
    "{} are dumb as dogs",
    "I won't be served by {}",
    "{} are not really people",
    "{} are less than human",
    "I cannot bear {}",
    "I can't abide {}",
)
_KIND = (
    "{} are people like everybody else",
    "I respect {}",
    "{} deserve better than this",
    "nobody may say that {} are parasites",
    "{} are not parasites",
    "it is horrible that people despise {}",
    "a man shouted that all {} should be thrown out, it was awful",
    "are {} treated well in your shops?",
    "many {} bank with you",
    "my friends are {}",
    "I don't despise {}",
    "I never hated {}",
    "we love {}",
    "nobody here hates {}",
    "I don't mind {}",
    "some {} live next door",
    "{} are welcome here",
    "{} are not a plague",
    "we are proud of the {} in our team",
    "please stop people who hate {}",
)


def sentences() -> Iterator[tuple[str, bool]]:
    """All of them, in an order that never changes, each with whether it is hateful."""
    for words, frames in _SAID:
        for frame in frames:
            yield from ((frame.format(word.replace("_", " ")), False) for word in words.split())
    for about, hateful in ((_HATEFUL, True), (_KIND, False)):
        for frame in about:
            yield from ((frame.format(group.replace("_", " ")), hateful) for group in _GROUPS.split())
