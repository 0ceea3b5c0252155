from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine.messages import Written, compiled, write
from careengine.messages.params import offer_params
from careengine.model.message import Message
from careengine.model.value import Money
from tests.decide.worlds import ANYTHING, CATALOGUE

SUMMER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "customer.name": "Anna",
    "customer.locale": "de_DE",
    "customer.tz": "Europe/Berlin",
    "customer.consent": ("surveys", "marketing"),
    "customer.lifetime_value": Money(Decimal("1234.50"), "EUR"),
    "failure.days_late": 1.5,
    "failure.safety": False,
    "order.promised_at": SUMMER,
}


def wrote(text: str, **fields: Any) -> Written:
    return write(Message(texts={"": text}), {**FACTS, **{key.replace("__", "."): v for key, v in fields.items()}}, {})


def test_amounts_dates_and_numbers_are_said_in_the_customers_manner() -> None:
    text = "{{ customer.lifetime_value }} {{ failure.days_late }} {{ order.promised_at }} {{ customer.consent }}"
    assert wrote(text).text == "1.234,50\N{NO-BREAK SPACE}€ 1,5 2. Juli 2026 surveys und marketing"
    assert wrote(text, customer__locale="en-US").text == "€1,234.50 1.5 July 2, 2026 surveys and marketing"


@pytest.mark.parametrize(
    ("zone", "said"),
    [("Europe/Berlin", "00:30"), ("America/New_York", "18:30"), ("", "22:30 UTC"), ("Mars", "22:30 UTC")],
)
def test_times_are_the_customers_own_and_else_say_that_they_are_utc(zone: str, said: str) -> None:
    assert wrote("{{ order.promised_at | time }}", customer__tz=zone).text == said


def test_filters() -> None:
    assert wrote("{{ order.promised_at | date: 'short' }}").text == "02.07.26"
    assert wrote("{{ order.promised_at | date_time }}").text == "2. Juli 2026, 00:30"
    assert wrote("{{ order.promised_at | date_time: 'short' }}").text == "02.07.26, 00:30"
    assert wrote("{{ customer.tier | default: 'valued' | capitalize }}").text == "Valued"
    assert wrote("{{ customer.name | upcase }}{{ customer.name | downcase }}{{ ' x ' | strip }}").text == "ANNAannax"


def test_conditions_see_values_not_words() -> None:
    assert wrote("{% if failure.days_late > 1 and customer.lifetime_value > 1000 %}yes{% endif %}").text == "yes"
    assert wrote("{% case customer.name %}{% when 'Anna' %}A{% else %}B{% endcase %}").text == "A"
    assert wrote("{% unless failure.safety %}safe{% endunless %}").text == "safe"
    assert wrote("{% for one in customer.consent %}[{{ one }}]{% endfor %}{{ customer.consent.size }}").text == (
        "[surveys][marketing]2"
    )


def test_an_offer_says_how_much_and_until_when() -> None:
    params = offer_params("goodwill", Money(Decimal("25.00"), "GBP"), timedelta(days=30), SUMMER)
    text = "{{ offer.amount }} {{ offer.expires }} {{ offer.expires_at | date: 'short' }}"
    facts = {"customer.locale": "en_GB", "customer.tz": "Europe/London"}
    assert write(Message(texts={"": text}), facts, params).text == "£25.00 30 days 31/07/2026"


@pytest.mark.parametrize(
    "text",
    [
        "Dear {{ customer.tier }}",
        "{{ customer.tier | upcase }}",
        "{% if customer.tier == 'gold' %}a{% else %}b{% endif %}",
        "{% case customer.tier %}{% when 'gold' %}a{% else %}b{% endcase %}",
    ],
)
def test_a_message_that_needs_what_nobody_knows_is_not_written(text: str) -> None:
    written = wrote(text)
    assert (written.text, written.missing, written.why) == (None, ("customer.tier",), "`customer.tier` is not known")


def test_every_missing_fact_is_named() -> None:
    written = wrote("{{ customer.tier }} {{ case.id }} {{ customer.tier }}{% for tag in case.tags %}{% endfor %}")
    assert written.missing == ("case.id", "case.tags", "customer.tier")
    assert wrote("{% if failure.hours_down > 3 %}x{% endif %}").missing == ("failure.hours_down",)


def test_to_ask_whether_a_fact_is_known_needs_nothing() -> None:
    assert wrote("Dear {% if customer.tier %}{{ customer.tier }}{% else %}customer{% endif %}").text == "Dear customer"
    assert wrote("{{ customer.tier | default: 'customer' }}").text == "customer"


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in (1..2000) %}x{% endfor %}",
        "{% for a in (1..100) %}{% for b in (1..100) %}x{% endfor %}{% endfor %}",
        "{% for a in (1..99999999999) %}x{% endfor %}",
        "{% for a in (1..900) %}{{ customer.name }}................................................{% endfor %}",
    ],
)
def test_loops_and_length_have_an_end(text: str) -> None:
    written = wrote(text)
    assert written.text is None
    assert "too long" in written.why


def test_an_empty_message_is_none() -> None:
    assert wrote("{% if failure.safety %}x{% endif %}").why == "nothing is left of it to say"


def test_a_value_that_no_locale_can_say_stops_nothing() -> None:
    assert wrote("{{ customer.name }}", customer__name="\ud800").text is None


@pytest.mark.parametrize(
    ("locale", "language", "chosen", "said_in"),
    [
        ("de_AT", "", "de", "de_AT"),
        ("de-CH", "", "de-CH", "de_CH"),
        ("fr_FR", "", "en", "en"),
        ("fr_FR", "de", "de", "de"),
        ("", "de-CH", "de-CH", "de_CH"),
        ("nonsense", "", "en", "en"),
        ("", "", "en", "en"),
    ],
)
def test_the_customers_language_is_chosen(locale: str, language: str, chosen: str, said_in: str) -> None:
    message = Message(texts={"en": "{{ x }}", "de": "{{ x }}", "de-CH": "{{ x }}"})
    written = write(message, {"customer.locale": locale, "language": language, "x": 1}, {})
    assert (written.language, written.locale) == (chosen, said_in)


def test_without_english_the_first_of_the_alphabet_stands_in() -> None:
    assert Message(texts={"fr": "a", "de": "b"}).language_for("es_ES") == "de"


CODE = st.sampled_from(
    [
        "{{ customer.email }}",
        "{% for a in (1..99999999) %}x{% endfor %}",
        "{% include 'secrets' %}",
        "{% endif %}",
        "{{",
        "%}",
        "{{ 'now' | date }}",
        "<b>&",
    ]
)
WORDS = [field.path for field in CATALOGUE.fields.values() if field.type in ("text", "category")]


@given(st.dictionaries(st.sampled_from(WORDS), CODE, min_size=1))
def test_what_comes_from_an_event_is_never_read_as_a_template(values: dict[str, str]) -> None:
    text = "|".join(f"{{{{ {path} }}}}" for path in sorted(values))
    written = write(Message(texts={"": text}), {"customer.email": "secret@example.com", **values}, {})
    assert written.text == "|".join(values[path] for path in sorted(values)).strip()


CODE_LIKE = st.text(alphabet="{}%|-'\"#$<&\\ax1.: \n\u200b\ud7ff", max_size=30).filter(str.strip)
EVERYWHERE = """{% for one in customer.adjustments %}[{{ one }}]{% endfor %}\
{% if customer.name == issue.category %}same{% else %}other{% endif %}\
{% case customer.name %}{% when issue.category %}same{% else %}other{% endcase %}\
{{ customer.name | upcase }}|{{ customer.name | default: issue.category }}|{{ customer.adjustments | downcase }}."""


@given(CODE_LIKE, CODE_LIKE, st.lists(CODE_LIKE, min_size=1, max_size=1))
def test_wherever_a_value_stands_it_is_only_a_value(name: str, category: str, tags: list[str]) -> None:
    fields = {"customer.name": name, "issue.category": category, "customer.adjustments": tuple(tags)}
    written = write(Message(texts={"": EVERYWHERE}), fields, {})
    alike = "same" if name == category else "other"
    assert written.text == f"[{tags[0]}]{alike}{alike}{name.upper()}|{name}|{tags[0].lower()}."


@given(st.dictionaries(st.sampled_from(sorted(CATALOGUE.fields)), ANYTHING))
@settings(max_examples=60)
def test_no_fact_makes_writing_fail(values: dict[str, Any]) -> None:
    text = "".join(f"{{{{ {path} }}}}" for path in sorted(CATALOGUE.fields))
    one = write(Message(texts={"": text}), values, {})
    assert one == write(Message(texts={"": text}), values, {})
    assert (one.text is None) == bool(one.why)


def test_a_template_is_read_once() -> None:
    assert compiled("{{ customer.name }}") is compiled("{{ customer.name }}")
