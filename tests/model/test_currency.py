"""What can be paid: the table of currencies, and amounts no finer than theirs."""

from __future__ import annotations

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from careengine.model.currency import DECIMALS, meant
from careengine.model.value import Money

LATELY_WITHDRAWN = {"ANG", "HRK", "SLL", "SVC", "ZWL"}


def test_every_legal_tender_is_there_and_what_was_withdrawn_is_known() -> None:
    tenders = get_global("territory_currencies").values()
    now = {code for many in tenders for code, _, until, legal in many if legal and until is None}
    assert set(DECIMALS) - now <= LATELY_WITHDRAWN
    assert now <= set(DECIMALS)


def test_nothing_is_shown_finer_than_it_is_paid() -> None:
    shown = get_global("currency_fractions")
    assert [code for code, paid in DECIMALS.items() if shown.get(code, shown["DEFAULT"])[0] > paid] == []
    assert {code: DECIMALS[code] for code in ("JPY", "GBP", "KWD")} == {"JPY": 0, "GBP": 2, "KWD": 3}


@pytest.mark.parametrize(("code", "near"), [("GPB", "GBP"), ("USB", "USD"), ("EUX", "EUR"), ("XYZ", "")])
def test_a_currency_that_is_none_is_guessed(code: str, near: str) -> None:
    assert meant(code) == near


@pytest.mark.parametrize(
    ("text", "paid"),
    [
        ("10.00 GBP", "10.00 GBP"),
        ("0010 GBP", "10 GBP"),
        ("10.0000 GBP", "10.00 GBP"),
        ("2.00 JPY", "2 JPY"),
        ("1.001 KWD", "1.001 KWD"),
        ("-3.5 EUR", "-3.5 EUR"),
    ],
)
def test_money_that_can_be_paid_is_written_with_no_more_than_it_needs(text: str, paid: str) -> None:
    assert str(Money.parse(text).payable()) == paid


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.005 GBP", "write it as `0.01 GBP`"),
        ("1.50 JPY", "write it as `2 JPY`"),
        ("10.001 GBP", "`10.001 GBP` is finer than what is paid in GBP"),
        ("1.50 XYZ", "`XYZ` is no currency that people are paid in by ISO 4217; write one such as `GBP`"),
        ("1.50 GPB", "did you mean `GBP`"),
        ("1 XAU", "no currency that people are paid in"),
    ],
)
def test_money_that_nobody_can_be_paid_is_refused_with_what_to_write(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Money.parse(text).payable()


@given(st.decimals(-(10**9), 10**9, places=4), st.sampled_from(sorted(DECIMALS)))
def test_what_is_paid_is_what_was_said(amount: object, currency: str) -> None:
    money = Money.parse(f"{amount} {currency}")
    try:
        paid = money.payable()
    except ValueError:
        return
    assert paid.amount == money.amount
    assert -int(paid.amount.as_tuple().exponent) <= DECIMALS[currency]
    assert paid.payable() == paid
