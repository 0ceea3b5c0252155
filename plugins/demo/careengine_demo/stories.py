"""What happens to customers on an ordinary day of an ordinary company: one function a story, told with a `Teller`.

Most of it needs no care beyond good work. `STORIES` says how often each is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine_demo.conduct import (
    abuse_again,
    abuse_and_no_end,
    abusive_mail,
    distress,
    in_need,
    insult,
    swears_at_the_thing,
    threat,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from careengine_demo.teller import Teller

_QUESTIONS = (
    ("front-desk", "Opening hours", "When is the shop in town open this week?"),
    ("front-desk", "Change of address", "I am moving house, please note my new address."),
    ("parcel-desk", "Where is my parcel", "It should come today, can you tell me when?"),
    ("parcel-desk", "Return a purchase", "The colour is not mine, how do I send it back?"),
    ("billing-desk", "Copy of an invoice", "Please send me the invoice for January again."),
    ("billing-desk", "Payment date", "Can the direct debit go out on the 5th?"),
    ("field-desk", "Book a visit", "I would like somebody to look at the boiler."),
    ("network-desk", "Slow in the evening", "After eight the line is slow. Is that normal?"),
)


def ordinary(t: Teller) -> None:
    """A question, an answer, done."""
    team, subject, words = t.rng.choice(_QUESTIONS)
    t.open(team, subject, f"question-{t.number}", "question")
    t.asks(words)
    t.answers("Thank you for asking; here is what you need.")
    if t.rng.random() < 0.5:  # noqa: PLR2004  every second one
        t.after(5, 45)
        t.asks("Thanks. One more thing: is there anything else I have to do?")
        t.answers("No, that is all.")
    t.resolves()
    if t.rng.random() < 0.6:  # noqa: PLR2004
        t.survey(t.rng.choice((3, 4, 4, 5, 5)))


def delighted(t: Teller) -> None:
    """An ordinary contact that somebody took a moment more for."""
    ordinary(t)
    t.after(10, 60)
    t.tell("compliment.received", direction="inbound", channel="email", text="Your colleague was wonderful.")


def late_parcel(t: Teller) -> None:
    """A delivery is late and the customer asks."""
    failure = t.failure("late_delivery", t.rng.choice((1, 2, 2, 3)), days_late=t.rng.choice((1, 2, 3, 4, 6)))
    t.issue = {"id": f"order-{7700 + t.number}", "category": "delivery"}
    t.tell("failure.recorded", **failure)
    t.after(20, 120)
    t.open("parcel-desk", "My order has not come", t.issue["id"], "delivery", **failure)
    t.asks("My order was promised for last week. Where is it?", **failure)
    t.answers("I am sorry. It is on the van and will be with you tomorrow.")
    t.after(30, 120)
    t.tell("failure.fixed", **failure)
    t.resolves()
    t.survey(t.rng.choice((2, 3, 4, 5)))


def silent_late_parcel(t: Teller) -> None:
    """A delivery is late and nobody says a word."""
    t.issue = {"id": f"order-{7700 + t.number}", "category": "delivery"}
    t.tell("failure.recorded", **t.failure("late_delivery", 2, days_late=t.rng.choice((3, 4, 5))))
    t.after(60, 240)
    t.tell("interaction.received", direction="outbound", channel="sms", text="Your parcel leaves the depot today.")


def courier_late_again(t: Teller) -> None:
    """The second failure on one order within the month."""
    order = f"order-{7700 + t.number}"
    t.issue = {"id": order, "category": "delivery"}
    t.ago(9)
    t.tell("failure.recorded", **t.failure("late_delivery", 2, days_late=3))
    t.today()
    failure = t.failure("damaged_delivery", t.rng.choice((2, 3)))
    t.open("parcel-desk", "It came broken", order, "delivery")
    t.asks("First late, and now it is broken. I have had enough.", channel="phone")
    t.tell("failure.recorded", **failure)
    t.answers("I am so sorry. I will see to this one myself.")
    t.after(30, 90)
    t.asks("And when will I hear from you?", channel="phone")


def third_failure(t: Teller) -> None:
    """Three failures in two months, each about something else."""
    for days, kind in ((41, "late_delivery"), (17, "billing_error")):
        t.ago(days)
        t.issue = {"id": f"{kind}-{t.number}", "category": kind}
        t.tell("failure.recorded", **t.failure(kind, 2))
    t.today()
    t.issue = {"id": f"website-{t.number}", "category": "website"}
    t.tell("failure.recorded", **t.failure("wrong_price_shown", 2))
    t.after(20, 60)
    t.asks("Now the price was wrong as well. Does anything work at yours?")


def missed_visit(t: Teller) -> None:
    """Nobody came, and somebody had taken the day off."""
    failure = t.failure("missed_appointment", 2)
    t.issue = {"id": f"visit-{3300 + t.number}", "category": "appointment"}
    t.tell("failure.recorded", **failure)
    t.after(15, 60)
    t.open("field-desk", "Nobody came", t.issue["id"], "appointment", **failure)
    t.asks("I took the day off and waited. Nobody came and nobody called.", channel="phone")
    t.answers("That should not happen. Somebody will come tomorrow at nine.")
    t.tell("promise.made", promise={"id": t.thing("P"), "owner": t.agent, "due_at": "2026-03-04T09:00:00Z"})


def wrong_bill(t: Teller) -> None:
    """Charged too much."""
    failure = t.failure("billing_error", 2, cost=f"{t.rng.randint(8, 90)}.00 GBP")
    t.open("billing-desk", "You charged me twice", f"bill-{900 + t.number}", "billing")
    t.asks("My bill is wrong again.", **failure)
    t.answers("You are right, and I am sorry. The money goes back today.")
    t.after(30, 90)
    t.tell("failure.fixed", **failure)
    t.resolves()
    t.survey(t.rng.choice((3, 4, 5)))


def no_service(t: Teller) -> None:
    """The line was down for a day or more; it is back."""
    severity = t.rng.choice((1, 2, 2))
    outage(t, severity, hours=t.rng.choice((9, 26, 31, 40)))


def ruinous_outage(t: Teller) -> None:
    """The line was down, and the customer's shop with it."""
    outage(t, 3, hours=t.rng.choice((30, 52)))


def outage(t: Teller, severity: int, hours: int) -> None:
    """An outage from its start to its end, with or without a call."""
    t.ago(1 + hours / 24)
    t.issue = {"id": "outage-north", "category": "outage"}
    failure = t.failure("outage", severity, hours_down=hours)
    t.tell("failure.recorded", **failure)
    t.today()
    if severity > 1:
        t.open("network-desk", "No line", "outage-north", "outage")
        t.asks("How long will this go on? I have a business to run.")
        t.answers("The cable is being mended right now.")
    t.after(30, 120)
    t.tell("failure.fixed", **failure)
    t.after(2, 10)
    t.tell("interaction.received", direction="outbound", channel="sms", text="Your line works again.")
    if severity > 1:
        t.resolves()


def slow_repair(t: Teller) -> None:
    """A repair took days longer than promised."""
    t.open("field-desk", "Heating still cold", f"repair-{t.number}", "repair")
    t.asks("It has been cold here for days.")
    t.answers("The part has come, we are on our way.")
    t.after(60, 150)
    failure = t.failure("delayed_repair", 2, working_days_late=t.rng.choice((1, 2, 4)))
    t.tell("failure.fixed", **failure)
    t.resolves()


def asks_again(t: Teller) -> None:
    """The same question for the third, fourth, fifth time."""
    t.ago(3)
    t.open("parcel-desk", "Refund not received", f"refund-{t.number}", "refund")
    t.asks("I sent it back two weeks ago. Where is my money?")
    t.ago(1)
    t.asks("I have heard nothing. Please answer.")
    t.today()
    t.asks("Third time: where is my refund?", channel="phone")
    t.after(3, 12)
    t.asks("I was cut off. As I said: where is my refund?", channel="phone")
    t.answers("I have found it and will call you by four.")
    t.after(60, 120)
    t.asks("Any news?", channel="chat")


def passed_on(t: Teller) -> None:
    """From desk to desk."""
    passed_around(t, times=2)


def passed_on_and_on(t: Teller) -> None:
    """Past every desk there is."""
    passed_around(t, times=3)


def passed_around(t: Teller, times: int) -> None:
    """So many transfers, and a customer who asks whether anybody is there."""
    t.open("front-desk", "Contract after a death in the family", f"contract-{t.number}", "contract")
    t.asks("My father has died. How do I take over his contract?", channel="phone")
    for team in ("billing-desk", "field-desk", "network-desk")[:times]:
        t.after(15, 50)
        t.case |= {"team": team, "reassignments": t.case["reassignments"] + 1}
        t.tell("case.transferred")
    t.after(10, 40)
    t.asks("Does anybody there know my case?", channel="phone")
    t.after(5, 20)
    t.tell("case.updated")


def not_solved(t: Teller) -> None:
    """Closed for us, not for the customer."""
    reopened(t, times=1)


def still_not_solved(t: Teller) -> None:
    """Closed twice, and still not solved."""
    reopened(t, times=2)


def reopened(t: Teller, times: int) -> None:
    """A case that comes back so many times, and what the customer thinks of it."""
    t.open("network-desk", "Line drops every hour", f"line-{t.number}", "fault")
    t.asks("The line drops every hour.")
    t.answers("I have reset it.")
    t.resolves()
    for again in range(1, times + 1):
        t.after(40, 90)
        t.case |= {"status": "open", "reopens": again}
        t.tell("case.reopened")
        t.asks("It is not solved. It dropped again just now.")
        t.answers("I have reset it once more.")
        t.resolves()
    t.survey(t.rng.choice((1, 2, 2)), "Solved for you, perhaps.")


def promise_broken(t: Teller) -> None:
    """We said by ten, and did not."""
    t.open("billing-desk", "Call me back about my contract", f"callback-{t.number}", "callback")
    t.asks("Please call me back.")
    t.after(5, 20)
    promise = {"id": t.thing("P"), "owner": t.agent, "due_at": _in_minutes(t, 45)}
    t.tell("promise.made", promise=promise)
    t.after(90, 140)
    t.asks("You said you would call within the hour.", promise=promise)
    t.answers("I am sorry, I am calling now.")
    t.tell("promise.kept", promise=promise | {"kept_at": t.moment()})
    t.resolves()


def promise_kept(t: Teller) -> None:
    """We said by ten, and did."""
    t.open("field-desk", "Send me the report", f"report-{t.number}", "callback")
    t.asks("When do I get the engineer's report?")
    promise = {"id": t.thing("P"), "owner": t.agent, "due_at": _in_minutes(t, 120)}
    t.tell("promise.made", promise=promise)
    t.answers("Here it is.")
    t.tell("promise.kept", promise=promise | {"kept_at": t.moment()})
    t.resolves()
    t.survey(5, "On time, as promised.")


def _in_minutes(t: Teller, minutes: int) -> str:
    before = t.now
    t.after(minutes, minutes)
    due, t.now = t.moment(), before
    return due


def stuck_with_the_bot(t: Teller) -> None:
    """The bot means well."""
    t.issue = {"id": f"bot-{t.number}", "category": "question"}
    turns = t.rng.choice((1, 2, 3))
    for turn in range(turns + 1):
        t.tell("bot.turn", channel="chat", bot={"unresolved_turns": turn, "human_requested": False})
        t.after(1, 3)
    if turns == 1:
        wish = "Can I speak to a real person, please?"
        t.tell("bot.turn", channel="chat", text=wish, bot={"unresolved_turns": 1, "human_requested": True})
    t.open("front-desk", "Chat from the bot", t.issue["id"], "question")
    t.answers("Hello, I am a person and have read your chat.")
    t.resolves()


def grieving(t: Teller) -> None:
    """A failure that weighs more because of what else there is to bear."""
    t.customer["vulnerability"] = ["bereavement"]
    failure = t.failure("wrong_address", 2)
    t.open("billing-desk", "Letters to my late husband", f"letters-{t.number}", "address", **failure)
    t.asks("You still write to my husband. He died in January.", channel="phone", **failure)
    t.answers("I am so sorry. I will stop these letters myself, today.")


def gas_smell(t: Teller) -> None:
    """Somebody could get hurt."""
    failure = t.failure("gas_smell", 4, safety=True)
    t.open("field-desk", "It smells of gas", f"safety-{t.number}", "safety", **failure)
    t.asks("It smells of gas since your fitter left.", channel="phone", **failure)
    t.answers("Open the windows and go outside. Somebody is on the way.", channel="phone")
    t.after(40, 80)
    t.tell("failure.fixed", **failure)


def gaps_in_the_record(t: Teller) -> None:
    """Other systems do not tell everything: no severity, no fault, no case."""
    t.issue = {"id": f"order-{7700 + t.number}", "category": "delivery"}
    failure = t.failure("late_delivery", 1, days_late=5)
    for name in t.rng.choice((("fault",), ("severity",), ("days_late", "severity"))):
        del failure["failure"][name]
    t.tell("failure.recorded", **failure)
    t.after(30, 120)
    t.asks("Hello? Anybody?", **failure)
    t.after(30, 60)
    t.agent = "courier-17"
    incident = t.incident("threat", 3, "note by the courier: `he will be sorry`")
    del incident["incident"]["target"], incident["incident"]["severity"]
    t.tell("incident.reported", incident=incident["incident"])


STORIES: tuple[tuple[Callable[[Teller], None], int], ...] = (
    (ordinary, 4),
    (delighted, 2),
    (late_parcel, 5),
    (silent_late_parcel, 2),
    (courier_late_again, 2),
    (third_failure, 1),
    (missed_visit, 3),
    (wrong_bill, 4),
    (no_service, 4),
    (ruinous_outage, 1),
    (slow_repair, 2),
    (asks_again, 4),
    (passed_on, 1),
    (passed_on_and_on, 1),
    (not_solved, 3),
    (still_not_solved, 1),
    (promise_broken, 3),
    (promise_kept, 1),
    (stuck_with_the_bot, 3),
    (grieving, 1),
    (gas_smell, 1),
    (insult, 2),
    (abuse_again, 1),
    (abuse_and_no_end, 1),
    (threat, 1),
    (distress, 1),
    (abusive_mail, 1),
    (swears_at_the_thing, 1),
    (in_need, 1),
    (gaps_in_the_record, 2),
)
