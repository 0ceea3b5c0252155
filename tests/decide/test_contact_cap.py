"""The laws of contacts: consent, quiet hours, and nothing put off that is neither made later nor told as given up."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.clock import read_shift
from careengine.decide import decide
from careengine.model.condition import AllOf
from careengine.model.contact import PURPOSES, Contact, Outreach
from careengine.model.contact_cap import (
    DEFER,
    SKIP,
    Consent,
    ContactCap,
    Frequency,
    GiveUp,
    QuietHours,
    Restricted,
    Suppress,
)
from careengine.model.contact_state import ConsentKnown, ContactsMade, Now
from careengine.model.facts import EntryHistory, Facts
from careengine.model.restrictions import Restrictions
from careengine.model.state import RecordedState
from careengine.model.value import say_instant
from tests.decide.worlds import NOW, field_test, policy, policy_set

if TYPE_CHECKING:
    from careengine.model.decision import Decision
    from careengine.model.policy import Policy
    from careengine.model.state import Question

ALWAYS = AllOf(pointer="/when", items=())
KNOWN = field_test("customer.id", "present", True)
NIGHT = astuple(read_shift("20:00-09:00"))
DAY, WEEK = timedelta(days=1), timedelta(days=7)
ZONE_NAMES = sorted(name for name in available_timezones() if "/" in name)
THENS = st.sampled_from([DEFER, SKIP])


class Standing(RecordedState):
    """How things stand: what time it is, what was agreed to, when the customer was contacted."""

    def __init__(
        self, now: datetime, made: tuple[datetime, ...] = (), agreed: Any = None, restrictions: Any = None
    ) -> None:
        super().__init__({})
        self._restrictions = restrictions
        self._now, self._made, self._agreed = now, made, agreed

    def ask(self, question: Question) -> Any:
        if isinstance(question, Now):
            return say_instant(self._now)
        if isinstance(question, ContactsMade):
            return [say_instant(at) for at in sorted(self._made) if at > question.since]
        if isinstance(question, Restrictions):
            return self._restrictions
        return self._agreed if isinstance(question, ConsentKnown) else None


def asks(purpose: str) -> Policy:
    outcome = Outreach(contact=Contact(purpose=purpose, how="message", channels=("email",)))
    return policy("ask", "outreach", KNOWN, outcome)


def cap(status: str = "live", **parts: Any) -> Policy:
    outcome = ContactCap(**{"purposes": PURPOSES, "give_up": GiveUp(after=5, to="care"), **parts})
    return policy("cap", "contact_cap", ALWAYS, outcome, events=frozenset(), status=status)


def decided(rules: list[Policy], state: RecordedState | None = None, as_of: datetime = NOW, **fields: Any) -> Decision:
    base = {"id": "e-1", "source": "test", "type": "interaction.received", "occurred_at": as_of, "customer.id": "C-1"}
    told = {name.replace("__", "."): value for name, value in fields.items()}
    facts = Facts(
        fields={name: value for name, value in {**base, **told}.items() if value is not None},
        as_of=as_of,
        history=EntryHistory(()),
        state=state or RecordedState(),
    )
    return decide(facts, policy_set(sorted(rules, key=lambda one: one.id)))


def contacted(decision: Decision) -> bool:
    return any(action.type == "contact" and action.status == "execute" for action in decision.actions)


@given(st.sampled_from(PURPOSES), st.one_of(st.none(), st.lists(st.sampled_from(PURPOSES)).map(tuple)), THENS)
def test_nothing_is_sent_without_consent_to_its_purpose(
    purpose: str, agreed: tuple[str, ...] | None, then: str
) -> None:
    rules = [asks(purpose), cap(consent=Consent(then=then, again=DAY if then == DEFER else None))]
    assert contacted(decided(rules, customer__consent=agreed)) is (agreed is not None and purpose in agreed)


@pytest.mark.parametrize(
    ("own", "later", "sent"),
    [
        (("survey",), None, True),
        (("survey",), ["survey"], True),
        (("survey",), [], False),  # withdrawn since, and the event came late
        ((), ["survey"], True),
        (None, ["survey"], True),
        (None, [], False),
        (None, None, False),
    ],
)
def test_the_latest_word_on_consent_counts(own: tuple[str, ...] | None, later: list[str] | None, *, sent: bool) -> None:
    known = None if later is None else {"at": say_instant(NOW + DAY), "purposes": later}
    rules = [asks("survey"), cap(consent=Consent(then=SKIP))]
    assert contacted(decided(rules, Standing(NOW + DAY, agreed=known), customer__consent=own)) is sent


def test_an_older_word_on_consent_does_not() -> None:
    known = {"at": say_instant(NOW - DAY), "purposes": []}
    rules = [asks("survey"), cap(consent=Consent(then=SKIP))]
    assert contacted(decided(rules, Standing(NOW, agreed=known), customer__consent=("survey",)))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.sampled_from(ZONE_NAMES),
    st.timedeltas(timedelta(0), WEEK),
)
def test_nothing_is_sent_in_quiet_hours_however_late_the_event(at: datetime, zone: str, late: timedelta) -> None:
    rules = [asks("survey"), cap(quiet_hours=QuietHours(hours=NIGHT, then=DEFER))]
    decision = decided(rules, Standing(at + late), at, customer__tz=zone)
    by_day = "09:00" <= (at + late).astimezone(ZoneInfo(zone)).strftime("%H:%M") < "20:00"
    assert contacted(decision) is by_day
    if not by_day:
        (restraint,) = decision.restraints
        assert restraint.did == "deferred"
        assert restraint.until is not None
        assert "09:00" <= restraint.until.astimezone(ZoneInfo(zone)).strftime("%H:%M") < "20:00"


@given(
    then=THENS,
    agreed=st.booleans(),
    hour=st.integers(0, 23),
    made=st.lists(st.integers(1, 200), max_size=4),
    tries=st.integers(0, 7),
)
def test_a_contact_is_made_or_comes_back_or_is_told_as_given_up(
    *, then: str, agreed: bool, hour: int, made: list[int], tries: int
) -> None:
    rules = [
        asks("survey"),
        cap(
            consent=Consent(then=then, again=DAY if then == DEFER else None),
            quiet_hours=QuietHours(hours=NIGHT, then=then),
            frequency=Frequency(at_most=2, within=WEEK, of=PURPOSES, then=then),
        ),
    ]
    now = NOW.replace(hour=hour)
    state = Standing(now, tuple(now - timedelta(hours=ago) for ago in made))
    clock = {"clock__kind": "contact", "clock__policy": "ask", "clock__step": f"put-off-{tries}", "clock__subject": "e"}
    more = {"type": "clock.due", **clock} if tries else {}
    consent = ("survey",) if agreed else ()
    decision = decided(rules, state, now, customer__tz="UTC", customer__consent=consent, **more)
    back = [one for one in decision.restraints if one.did == "deferred"]
    gone = [one for one in decision.restraints if one.did == "withheld"]
    reviews = [action for action in decision.actions if action.type == "review"]
    assert contacted(decision) + len(back) + len(gone) == 1
    assert len(decision.withheld) == len(back) + len(gone)
    assert len(reviews) == (len(gone) if then == DEFER else 0)
    assert all(one.until and one.until > now for one in back)
    assert not (back and tries >= 5)
    if contacted(decision):
        assert agreed
        assert 9 <= hour < 20
        assert sum(ago <= 7 * 24 - 1 for ago in made) < 2 or sorted(made)[1] >= 7 * 24


def test_it_comes_back_when_the_last_objection_is_over() -> None:
    made = (NOW - 6 * DAY, NOW - 5 * DAY, NOW - DAY)
    frequency = Frequency(at_most=2, within=WEEK, of=PURPOSES, then=DEFER)
    (restraint,) = decided([asks("survey"), cap(frequency=frequency)], Standing(NOW, made)).restraints
    assert restraint.until == NOW - 5 * DAY + WEEK  # then one contact is left within a week
    assert "3 contacts were made" in restraint.why


def test_care_is_not_what_a_cap_on_surveys_is_about() -> None:
    quiet = QuietHours(hours=astuple(read_shift("00:00-23:00")), then=SKIP)
    night = NOW.replace(hour=3)
    about = cap(purposes=("survey",), quiet_hours=quiet)
    assert contacted(decided([asks("care"), about], Standing(night), customer__tz="UTC"))
    assert not contacted(decided([asks("survey"), about], Standing(night), customer__tz="UTC"))


def several(*purposes: str) -> list[Policy]:
    """Outreaches on one event, the first going first."""
    return [
        replace(asks(purpose), id=f"{purpose}-{place}", priority=90 - place) for place, purpose in enumerate(purposes)
    ]


NO_CONSENT = cap(consent=Consent(then=SKIP), purposes=("marketing", "survey"))
ASLEEP = cap(quiet_hours=QuietHours(hours=NIGHT, then=DEFER), purposes=("celebration",))


@pytest.mark.parametrize(
    ("purposes", "made", "put_off"),
    [
        (("marketing", "care"), "care-1", []),  # the apology is not lost with what nobody may send
        (("care", "marketing"), "care-0", []),
        (("marketing", "survey", "care", "care"), "care-2", []),
        (("celebration", "care"), "care-1", ["celebration-0"]),  # which comes back all the same
        (("celebration", "celebration"), None, ["celebration-0"]),  # one of them comes back, not both
        (("marketing", "celebration", "celebration"), None, ["celebration-1"]),
        (("marketing", "survey"), None, []),
    ],
)
def test_what_a_cap_takes_keeps_no_other_contact_back(
    purposes: tuple[str, ...], made: str | None, put_off: list[str]
) -> None:
    caps = [replace(NO_CONSENT, id="zc"), replace(ASLEEP, id="zn")]
    state = Standing(NOW.replace(hour=3))
    decision = decided([*several(*purposes), *caps], state, customer__tz="UTC", customer__consent=())
    assert [one.policies[0] for one in decision.actions if one.type == "contact"] == [made] * bool(made)
    assert [one.of for one in decision.restraints if one.did == "deferred"] == put_off
    told = {one.policy for one in decision.withheld}
    assert told == {one.id for one in several(*purposes)} - {made}  # each is told of, once
    assert len(decision.withheld) == len(told)


def test_where_nothing_is_known_no_hour_is_good_and_a_person_is_told() -> None:
    decision = decided([asks("survey"), cap(quiet_hours=QuietHours(hours=NIGHT, then=DEFER))], Standing(NOW))
    (restraint,) = decision.restraints
    assert (restraint.did, restraint.until) == ("withheld", None)
    (review,) = [action for action in decision.actions if action.type == "review"]
    assert review.params["to"] == "care"


def test_where_nothing_is_known_the_zones_of_the_rule_count() -> None:
    zones = (ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo"))
    quiet = QuietHours(hours=NIGHT, then=DEFER, zones=zones)
    at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 08:00 and 17:00
    (restraint,) = decided([asks("survey"), cap(quiet_hours=quiet)], Standing(at)).restraints
    assert restraint.until == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 09:00 and 18:00


@pytest.mark.parametrize(
    ("state", "start", "sent"),
    [
        ("imposed", NOW - DAY, False),
        ("imposed", NOW + DAY, True),  # it begins tomorrow
        ("imposed", None, False),
        ("proposed", None, True),  # a person has not decided
        ("ended", NOW - DAY, True),
    ],
)
def test_whoever_is_restricted_is_left_alone(state: str, start: datetime | None, *, sent: bool) -> None:
    one = {**dict.fromkeys(("id", "policy", "step", "to", "incident"), "x"), "state": state, "counted": []}
    one |= {"as_of": say_instant(NOW - DAY), **({"start": say_instant(start)} if start else {})}
    rules = [asks("survey"), cap(restricted=Restricted(then=SKIP))]
    assert contacted(decided(rules, Standing(NOW, restrictions=[one]))) is sent


def test_restrictions_that_are_not_known_keep_contacts_away() -> None:
    assert not contacted(decided([asks("survey"), cap(restricted=Restricted(then=SKIP))], Standing(NOW)))
    assert contacted(decided([asks("survey"), cap(restricted=Restricted(then=SKIP))], Standing(NOW, restrictions=[])))


def test_what_is_not_known_suppresses() -> None:
    grieving = field_test("customer.vulnerability", "contains", "bereavement")
    rules = [asks("survey"), cap(suppress=Suppress(condition=grieving, then=DEFER, again=DAY))]
    assert contacted(decided(rules, customer__vulnerability=()))
    assert not contacted(decided(rules, customer__vulnerability=("bereavement",)))
    assert not contacted(decided(rules))


def test_how_often_is_not_known_without_a_customer() -> None:
    frequency = Frequency(at_most=2, within=WEEK, of=PURPOSES, then=DEFER)
    anybody = policy("ask", "outreach", field_test("customer.tier", "present", False), asks("survey").outcome)
    decision = decided([anybody, cap(frequency=frequency)], Standing(NOW), customer__id=None)
    assert [one.did for one in decision.restraints] == ["withheld"]
    assert any(action.type == "review" for action in decision.actions)


def test_a_cap_in_shadow_takes_nothing_away_and_shows_what_it_would() -> None:
    quiet = QuietHours(hours=NIGHT, then=DEFER)
    rules = [asks("survey"), cap(status="shadow", quiet_hours=quiet)]
    decision = decided(rules, Standing(NOW.replace(hour=3)), customer__tz="UTC")
    assert contacted(decision)
    assert [(one.did, one.status) for one in decision.restraints] == [("deferred", "shadow")]


def test_it_is_told_when_a_contact_may_be_made_by_the_narrowest_of_the_caps() -> None:
    wide, narrow = QuietHours(hours=NIGHT, then=DEFER), QuietHours(hours=(17 * 60, 34 * 60), then=DEFER)
    other = replace(cap(quiet_hours=narrow), id="other")
    decision = decided(
        [asks("survey"), cap(quiet_hours=wide), other], Standing(NOW.replace(hour=11)), customer__tz="UTC"
    )
    (action,) = [one for one in decision.actions if one.type == "contact"]
    assert action.params["send_within"] == [
        ["2026-03-02T11:30:00Z", "2026-03-02T17:00:00Z"],
        ["2026-03-03T10:00:00Z", "2026-03-03T17:00:00Z"],
        ["2026-03-04T10:00:00Z", "2026-03-04T17:00:00Z"],
    ]
