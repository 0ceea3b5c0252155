"""Two policies about contacts that mean something else read differently, and nothing of them is left unsaid."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from careengine.decide.render import render
from careengine.model.anti_deflection import AntiDeflection, Reach
from careengine.model.condition import AllOf, AnyOf
from careengine.model.contact import CALL_BACK, MESSAGE, PURPOSES, Contact, Outreach, Wait
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
from careengine.model.message import Message
from careengine.model.recognition import Recognition
from tests.decide.worlds import CATALOGUE, field_test, policy

ALWAYS = AllOf(pointer="", items=())
SPANS = st.sampled_from([timedelta(hours=4), timedelta(days=1), timedelta(days=7)])
THENS = st.sampled_from([DEFER, SKIP])
WISHED = st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=4, unique=True).map(
    lambda found: tuple(sorted(found))
)
TESTS = st.sampled_from(
    [field_test("customer.tier", "is", "gold"), field_test("failure.severity", "at_least", 3)],
)
ROLES = st.sampled_from(["care", "team-lead"])
AGAIN = st.tuples(THENS, SPANS).map(lambda found: (found[0], found[1] if found[0] == DEFER else None))
CAPS = st.builds(
    ContactCap,
    purposes=WISHED,
    consent=st.one_of(
        st.none(),
        st.builds(
            lambda again, called: Consent(then=again[0], again=again[1], called=called),
            AGAIN,
            st.sampled_from([{}, {"survey": "surveys"}, {"marketing": "news"}]),
        ),
    ),
    suppress=st.one_of(
        st.none(),
        st.builds(lambda test, again: Suppress(condition=test, then=again[0], again=again[1]), TESTS, AGAIN),
    ),
    restricted=st.one_of(st.none(), AGAIN.map(lambda again: Restricted(then=again[0], again=again[1]))),
    quiet_hours=st.one_of(
        st.none(),
        st.builds(
            QuietHours,
            hours=st.sampled_from([(1200, 1980), (1260, 1920), (0, 480)]),
            then=THENS,
            zones=st.sampled_from([(), (ZoneInfo("Europe/London"),), (ZoneInfo("Asia/Tokyo"), ZoneInfo("UTC"))]),
        ),
    ),
    frequency=st.one_of(
        st.none(), st.builds(Frequency, at_most=st.integers(1, 3), within=SPANS, of=WISHED, then=THENS)
    ),
    give_up=st.one_of(st.none(), st.builds(GiveUp, after=st.integers(1, 3), to=ROLES)),
)
OUTREACHES = st.builds(
    Outreach,
    contact=st.builds(
        Contact,
        purpose=st.sampled_from(PURPOSES),
        how=st.sampled_from([CALL_BACK, MESSAGE]),
        channels=st.sampled_from([(), ("phone",), ("phone", "email"), ("email", "phone")]),
        apologise=st.booleans(),
        message=st.sampled_from([None, Message(texts={"": "How are you?"}), Message(texts={"de": "Alles gut?"})]),
        by=st.one_of(st.none(), ROLES),
        within=st.one_of(st.none(), SPANS),
    ),
    wait=st.one_of(st.none(), st.builds(Wait, length=SPANS, unless=st.one_of(st.none(), TESTS))),
)
HUMANS = st.builds(
    AntiDeflection,
    condition=st.lists(TESTS, min_size=1, max_size=2, unique_by=id).map(
        lambda found: AnyOf(pointer="/human", items=tuple(found))
    ),
    to=ROLES,
    reach=st.one_of(
        st.none(),
        st.builds(Reach, within_turns=st.integers(1, 3), channels=st.sampled_from([(), ("chat",), ("chat", "phone")])),
    ),
)
PRAISES = st.builds(
    Recognition,
    confirmed_by=ROLES,
    quote=st.just(ALWAYS),
    at_most=st.integers(1, 4),
    within=SPANS,
    decide_within=st.one_of(st.none(), SPANS),
)


def said(kind: str, outcome: object) -> str:
    return render(policy("p", kind, ALWAYS, outcome, events=frozenset()), CATALOGUE).text()


@given(CAPS, CAPS)
def test_caps_that_differ_read_differently(one: ContactCap, other: ContactCap) -> None:
    assume(one != other)
    assert said("contact_cap", one) != said("contact_cap", other)


@given(OUTREACHES, OUTREACHES)
def test_outreaches_that_differ_read_differently(one: Outreach, other: Outreach) -> None:
    assume(one != other)
    assert said("outreach", one) != said("outreach", other)


@given(HUMANS, HUMANS)
def test_anti_deflections_that_differ_read_differently(one: AntiDeflection, other: AntiDeflection) -> None:
    assume(one != other)
    assert said("anti_deflection", one) != said("anti_deflection", other)


@given(PRAISES, PRAISES)
def test_recognitions_that_differ_read_differently(one: Recognition, other: Recognition) -> None:
    assume(one != other)
    assert said("recognition", one) != said("recognition", other)
