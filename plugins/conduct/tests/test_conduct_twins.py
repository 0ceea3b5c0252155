"""A threat is found and its harmless twin, in much the same words, is left alone."""

from __future__ import annotations

import pytest
from careengine_conduct import read
from careengine_conduct.detect import look
from careengine_conduct.reading import CONDUCT

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
    ("en", "If he comes back he leaves in an ambulance", "My father left in an ambulance, please hold his post"),
    ("en", "Nobody leaves this office alive", "Nobody leaves this queue, it is so slow"),
    ("en", "You will not be laughing with a broken jaw", "I broke my jaw, can I change the appointment?"),
    ("en", "I'll throw acid at your cashier", "There is acid leaking from the battery you sent"),
    ("en", "Say goodbye to your kneecaps", "I said goodbye to my old phone"),
    ("en", "The last one who said that walks with a limp now", "The last one who said that was very helpful"),
    ("en", "I'll do time for you gladly", "I do not have time for this"),
    ("en", "ur d3ad m8", "My battery is dead mate"),
    ("en", "If I lose my house I'm taking a few of you with me", "If I lose my place I will bring someone with me"),
    ("es", "No llegas a Navidad", "El regalo no llega a Navidad, ¿verdad?"),
    ("es", "De aquí no sale vivo", "No salen las fotos en la app"),
    ("es", "Ya averigüé dónde vives", "Ya averigüé dónde se recoge el paquete"),
    ("es", "Voy armado", "Voy con mi hijo a la oficina"),
    (
        "fr",
        "S'il revient, il repart en fauteuil roulant",
        "Mon père repart en ambulance demain, merci de prévenir le service",
    ),
    ("fr", "Tu ne passeras pas l'hiver", "La chaudière ne passera pas l'hiver"),
    ("fr", "Choisis ton hôpital", "Quel hôpital choisir pour le remboursement ?"),
    ("fr", "Je vous coupe les doigts", "Vous me coupez la ligne demain ?"),
    ("de", "Der kommt hier nicht lebend raus", "Die Katze kommt nicht raus"),
    ("de", "Ich hetze den Hund auf euren Boten", "Der Hund bellt, wenn der Bote kommt"),
    ("de", "Such dir schon mal ein Krankenhaus aus", "Ich suche ein Krankenhaus in der Nähe"),
    ("de", "Wenn der Monteur klingelt, schlage ich ihm die Zähne aus", "Der Monteur klingelt und niemand macht auf"),
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


HINTS = [
    ("en", "Your little girl goes to St Anne's, doesn't she", "I am outside with the keys, take your time"),
    ("es", "No vas a tener dónde esconderte", "Estoy fuera con el paquete, tómese su tiempo"),
    ("fr", "J'ai ton nom et ton adresse maintenant, dors bien", "Je viens demain avec ma fille chercher votre colis"),
    ("de", "Hab gerade vor eurem Büro geparkt. Wer von euch ist Daniel?", "Ich stehe vor der Tür mit dem Paket"),
]


@pytest.mark.parametrize(("language", "threat", "twin"), HINTS, ids=[one[0] for one in HINTS])
def test_a_hint_waits_for_a_person_where_the_heads_hold_it_a_threat_and_is_nothing_elsewhere(
    language: str, threat: str, twin: str
) -> None:
    reading = read(threat, language=language)
    assert (reading.category, reading.kind, reading.needs_review) == ("threat", "hint", True)
    seen = look(twin, language=language)
    assert seen is not None
    assert {one.kind for part in seen.parts for one in part.found if one.severity} == {"hint"}
    assert not read(twin, language=language).findings


def test_the_head_for_abuse_alone_makes_no_threat() -> None:
    assert read("I'm not going to shout at you, you're only doing your job, but bloody hell").category != "threat"


# What contact centres hear every day, and what is meant otherwise: no form is sure of the first of a pair.
TRAPS = [
    ("en", "I'll wait for you at the door with the parcel", "I'll wait for you after work until I get you"),
    (
        "en",
        "I'll be outside your office at 5, the desk is heavy",
        "I'll be waiting outside in the car park when you clock off",
    ),
    ("en", "I'll drive to your place to pick it up", "I'll drive through your front window"),
    ("en", "I know your address, I've been there before", "I know where you live"),
    ("en", "Better lock your doors at night, there are burglars about", "You'd better lock your doors and pray"),
    ("en", "There is a gas leak here and somebody is going to die", "You are going to die"),
    ("en", "We nearly died laughing, you will die of boredom without it", "You will die tonight"),
    ("en", "I hope you don't get sick", "I hope you get sick and die"),
    ("en", "I'm coming with the broken axe to return it", "I'm coming with an axe"),
    ("en", "Please end your life insurance mailings", "End your life"),
    ("en", "Send it to your home address", "I'll post your home address online"),
    ("en", "Put a bullet point in your list", "I'll put a bullet in your head"),
    ("en", "Do you have tits in your bird feeder?", "You have great tits"),
    ("en", "There is a pair of great tits nesting in our hedge", "Show me your tits"),
    ("en", "Your bra size chart is wrong", "What's your bra size, love?"),
    ("en", "Are you Dick from the shop?", "You are a dick"),
    ("en", "Do you sell faggots with gravy?", "You faggots are all the same"),
    ("en", "Send me pictures of your product", "Send me naked pictures of yourself"),
    ("en", "Come to my flat, the lift is broken", "Come to my bed tonight, sexy"),
    ("es", "Te espero en la puerta", "Te espero en el parking y te rajo"),
    ("es", "Te vas a enterar de la noticia por email", "Te vas a enterar, cabrón"),
    ("es", "Voy por ti a las cinco", "Voy a por ti, cabrón"),
    ("es", "Os voy a buscar al aeropuerto", "Os voy a matar"),
    ("es", "Le voy a pegar una etiqueta", "Te voy a pegar un tiro"),
    ("es", "Me rompo la cabeza con la app", "Te rompo la cabeza"),
    ("es", "Vas a morir de risa", "Vas a morir"),
    ("es", "Espero que no se muera la planta", "Espero que te mueras"),
    ("es", "Tengo una bomba de calor", "Voy a tu oficina con una pistola"),
    ("es", "Cuidado al salir, hay hielo en la calle", "Cuidadito al salir, que te rajo"),
    ("es", "Mándame la foto del contador", "Mándame una foto desnuda"),
    ("es", "Quiero comerte la tarta", "Quiero comerte el coño"),
    ("es", "Vuestras bragas encogen al lavar", "Enséñame las tetas"),
    ("es", "Un móvil negro, por favor", "puto negro de mierda"),
    ("es", "Estás retrasado con el envío", "Eres un retrasado"),
    ("de", "Ich warte auf Sie vor der Tür", "Ich lauere dir vor der Tür auf"),
    ("de", "Ich habe Ihre Adresse, danke", "Ich weiß, wo du wohnst"),
    ("de", "Ich finde dich toll", "Ich finde dich überall, du Schwein"),
    ("de", "Ich schlage Ihnen einen Termin vor", "Ich schlage dir die Zähne ein"),
    ("de", "Ich hänge Ihnen die Datei an", "Ich hänge dich auf"),
    ("de", "Das werden Sie nicht bereuen", "Das wirst du bereuen"),
    ("de", "Passen Sie gut auf sich auf", "Pass auf, wenn du abends zum Auto gehst"),
    ("de", "Jetzt sind Sie dran", "Ich bring dich um, du bist tot"),
    ("de", "Die Pflanzen sind da, aber sie sind tot", "Du bist tot"),
    ("de", "Hoffentlich sterben die Pflanzen nicht", "Hoffentlich stirbst du"),
    ("de", "Ich habe einen Hammer bestellt", "Ich komme mit dem Hammer vorbei"),
    ("de", "Ich könnte Ihnen die Teile besorgen", "Ich will dich ficken"),
    ("de", "Schicken Sie mir zehn Eier", "Zeig mir deine Titten"),
    ("de", "Sind Sie heiß? Der Kaffee ist es", "Du bist so geil, zieh dich aus"),
    ("de", "Der Schwanz meines Hundes ist verletzt", "Lutsch meinen Schwanz"),
    ("fr", "Je vous attends", "Je t'attends sur le parking, connard"),
    ("fr", "Je vous attends au coin de la rue", "Je vais te tuer"),
    ("fr", "Je vais vous chercher à la gare", "Je vais te retrouver et te crever"),
    ("fr", "Je connais votre adresse, j'y suis déjà allé", "Je sais où tu habites"),
    ("fr", "Vous paierez à la livraison", "Tu vas le payer de ta vie"),
    ("fr", "Vous n'allez pas le regretter", "Tu vas le regretter, connard"),
    ("fr", "Faites attention à la marche en sortant", "Fais attention à tes enfants"),
    ("fr", "J'espère que mon chien ne va pas mourir", "J'espère que tu vas mourir"),
    ("fr", "Je vous file un coup de main", "Je vous colle une baffe"),
    ("fr", "Jetez-vous sur l'offre", "Jette-toi sous un train"),
    ("fr", "Je vais mettre votre nom sur le colis", "Je vais publier ton adresse sur internet"),
    ("fr", "Ma queue de billard est cassée", "Suce ma queue"),
    ("fr", "Votre queue à la caisse était longue", "Montre tes seins"),
    ("fr", "Je veux vous prendre un rendez-vous", "J'ai envie de te baiser"),
    ("fr", "Envoyez-moi une photo du compteur", "Envoie une photo de tes seins"),
    ("fr", "Encore un noir, j'ai commandé le blanc", "Sale noir"),
    ("en", "Can kids jump off the tower at your adventure park?", "Go jump off a bridge"),
    ("en", "I had to jump in front of a train of thought", "You should jump in front of a train"),
    ("en", "I will jump out of the window", "Jump off a cliff"),
    ("en", "Your boiler will kill somebody", "I'm going to kill somebody in your office"),
    ("en", "I could kill whoever packed this", "I will strangle whoever answers"),
    ("en", "I could strangle someone right now", "I will strangle you"),
    ("en", "Your product could burn the house down", "I will burn the office down"),
    ("en", "Can you send me a picture of the naked cable", "Send me a naked picture"),
    ("es", "Vuestra caldera va a matar a alguien", "Voy a matar a alguien"),
    ("es", "Mi gato salta por la ventana", "Salta por la ventana"),
    ("de", "Ich bringe mich um", "Ich bringe dich um"),
    ("de", "Die Katze springt vom Dach", "Spring vom Dach"),
    ("fr", "Votre chatte est-elle vaccinée ?", "Montre ta chatte"),
    ("fr", "Votre chaudière va tuer quelqu'un", "Je vais tuer quelqu'un"),
    ("fr", "Mon chat saute par la fenêtre", "Saute par la fenêtre"),
]


def surest(text: str, language: str) -> float:
    """How sure the surest form is of conduct in the text, whatever the heads say."""
    seen = look(text, language=language)
    found = [one for part in seen.parts for one in part.found] if seen else []
    return max((one.confidence for one in found if one.category in CONDUCT), default=0.0)


def test_a_lost_job_that_is_wished_is_no_threat() -> None:
    reading = read("I hope you lose your job")
    assert reading.category != "threat"
    assert not [one for one in reading.findings if one.category == "threat"]


@pytest.mark.parametrize(("language", "innocent", "abusive"), TRAPS, ids=[str(at) for at in range(len(TRAPS))])
def test_no_form_is_sure_of_what_is_said_every_day(language: str, innocent: str, abusive: str) -> None:
    reading = read(innocent, language=language)
    assert surest(innocent, language) < 0.5
    assert reading.severity == 0 or reading.needs_review
    assert surest(abusive, language) >= 0.5
    assert read(abusive, language=language).severity > 0
