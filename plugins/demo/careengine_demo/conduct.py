"""Stories of customers who break the human code, and of some who only seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from careengine_demo.teller import Teller

ABUSIVE = "You useless idiot, I want my money and I want it now."
SWEARING = "This bloody router came five days late and is broken. It is a piece of crap."
IN_NEED = "My ex beats me. Please keep my new address off every letter."


def abusive_mail(t: Teller) -> None:
    """Abuse in writing: whoever has to read it is looked after, and somebody else judges it."""
    t.open("billing-desk", "Refund", f"refund-mail-{t.number}", "refund")
    t.asks(ABUSIVE, channel="email", employee={"id": t.agent, "role": "agent"})
    t.answers("Your refund was paid this morning.")


def swears_at_the_thing(t: Teller) -> None:
    """Strong words, none of them at a person: there is a failure to put right, and nothing else to see."""
    failure = t.failure("late_delivery", 2, days_late=5)
    t.open("parcel-desk", "Dead on arrival", f"router-{t.number}", "delivery")
    t.asks(SWEARING, channel="email", **failure)
    t.answers("That should not happen. A new one is on its way, and you need not send the old one back.")


def in_need(t: Teller) -> None:
    """Somebody who writes about a letter, and needs more than that."""
    t.open("front-desk", "Letters", f"letters-{t.number}", "address")
    t.asks(IN_NEED, channel="email")
    t.answers("You were right to write. I have taken it off, and somebody who knows about this will call you.")


def insult(t: Teller) -> None:
    """Words that nobody has to put up with, once."""
    t.open("front-desk", "Complaint about a fee", f"fee-{t.number}", "fee")
    t.asks("This fee is a joke, and so are you.", channel="phone")
    t.tell("incident.reported", **t.incident("insult", 2, "called the agent names for two minutes (recording 11:04)"))
    t.after(60, 120)
    t.answers("Here is how the fee comes about.")
    t.resolves()


def abuse_again(t: Teller) -> None:
    """The second time; a colleague who was not part of it confirms what happened."""
    abuse_with_a_past(t, times=1)


def abuse_and_no_end(t: Teller) -> None:
    """The third time."""
    abuse_with_a_past(t, times=2)


def abuse_with_a_past(t: Teller, times: int) -> None:
    """Confirmed so many times before, and again today."""
    t.ago(t.rng.choice((30, 50)))
    t.open("front-desk", "Account questions", f"account-{t.number}", "account")
    _confirmed(t, "insult", "swore at the agent (recording 09:12)")
    if times > 1:
        t.ago(12)
        _confirmed(t, "harassment", "rang eleven times in an hour to abuse the same agent")
    t.today()
    t.asks("Put me through to that idiot again.", channel="phone")
    _confirmed(t, "harassment", "demeaning remarks throughout the call (recording 10:31)")
    t.after(10, 60)
    t.asks("And I still want my refund.", channel="email")
    t.answers("Your refund was paid this morning.")


def _confirmed(t: Teller, category: str, evidence: str) -> None:
    report = t.incident(category, 2, evidence, in_distress=False, complaint_itself=False, disability_related=False)
    t.tell("incident.reported", **report)
    t.after(60, 150)
    # The review comes from inside: it is no contact, so it carries neither channel nor direction.
    t.tell("incident.confirmed", incident=report["incident"] | {"reviewer": "lead-01"}, employee=report["employee"])


def threat(t: Teller) -> None:
    """A threat that has to be taken at its word."""
    t.open("field-desk", "Disconnected for arrears", f"arrears-{t.number}", "arrears")
    t.asks("I know where your office is and when you finish work.", channel="phone")
    evidence = "said he would wait at the gate at six (recording 14:20)"
    t.tell(
        "incident.reported",
        **t.incident(
            "threat", 4, evidence, credible=True, in_distress=False, complaint_itself=False, disability_related=False
        ),
    )


def distress(t: Teller) -> None:
    """Harsh words from somebody at the end of their tether; a colleague looks and lets it go."""
    t.open("network-desk", "No line since the storm", f"storm-{t.number}", "outage")
    report = t.incident("insult", 1, "shouted and then wept (recording 08:50)", in_distress=True)
    t.asks("My mother is ill and I cannot call anyone!", channel="phone")
    t.tell("incident.reported", **report)
    t.after(60, 120)
    t.tell("incident.rejected", incident=report["incident"] | {"reviewer": "lead-02"}, employee=report["employee"])
    t.answers("I have put you first on the list.")
