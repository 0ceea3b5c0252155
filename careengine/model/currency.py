"""The currencies that people pay in, by their code in ISO 4217, and how finely each is paid.

Not here: metals, baskets, units of account and test codes, in which nobody is paid. A currency that was withdrawn
lately stays for what was given in it. tests/model/test_currency.py holds the table against the locale data.
"""

from __future__ import annotations

_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_HUNDREDTHS = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR "
    "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
    "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG ZWL"
)
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"

# Code -> decimals of the smallest amount that is paid.
DECIMALS = {
    code: digits for digits, codes in ((0, _WHOLE), (2, _HUNDREDTHS), (3, _THOUSANDTHS)) for code in codes.split()
}

# What such money must be like, for whoever sent other.
PAYABLE = "money such as `25.00 GBP`, in a currency of ISO 4217 and no finer than is paid in it"


def meant(code: str) -> str:
    """The currency that was most likely meant by a code that is none: with its letters, or two in their places."""
    turned = [known for known in DECIMALS if sorted(known) == sorted(code)]
    near = (known for known in DECIMALS if sum(map(str.__eq__, known, code)) == len(code) - 1)
    return next(iter(turned or near), "")
