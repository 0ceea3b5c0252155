"""CE33x: calendars, and what counts by them."""

from __future__ import annotations

ROWS = (
    (
        "CE330",
        "unknown time zone",
        "There is no time zone of that name in the IANA database.",
        "`zone: Europe/London`",
    ),
    (
        "CE331",
        "unknown country or part of it",
        "Public holidays are known by the ISO 3166 codes of countries, and of their parts with holidays of their own.",
        "`holidays: {country: GB, subdivision: ENG}`",
    ),
    (
        "CE332",
        "not a shift",
        "Hours go from one time of the day to another; the clock has 24 hours of 60 minutes.",
        "`09:00-17:30`, `21:00-02:00` past midnight, `00:00-24:00` for a whole day.",
    ),
    (
        "CE333",
        "shifts that overlap",
        "A shift begins before another one ends, so that the same hour would be worked twice.",
        "`[09:00-12:00, 13:00-17:30]`",
    ),
    (
        "CE334",
        "calendar that never opens",
        "The week has no hours, or less than one: nothing would ever fall due.",
        "`week: {mon: [09:00-17:00]}`",
    ),
    (
        "CE335",
        "unknown calendar",
        "A block counts by a calendar that is not there, is no calendar, or is not live.",
        "Write a file of the kind `calendar` with that id, or mend the name.",
    ),
    (
        "CE336",
        "length that no calendar counts",
        (
            "By a calendar working time is counted: `1d` would be 24 working hours, which nobody means, and more than "
            "2,000 hours are hardly meant."
        ),
        "`within: 8h, calendar: uk-support`",
    ),
    (
        "CE337",
        "day said twice",
        "One date stands twice in `closed` and `days`, and only one of the two could hold.",
        "Keep one of them.",
    ),
    (
        "CE338",
        "clock that is not whole",
        (
            "A clock has one end (`within` or `until`), which the events themselves tell of; a milestone has one "
            "moment, within the clock's time, and somebody who hears of it."
        ),
        "`{before: 30m, tell: case-owner}`",
    ),
    (
        "CE339",
        "escalated to somebody who may not",
        (
            "Who has to say yes, or gets the case, may give less by their own authority than it takes, or than whoever "
            "had it before."
        ),
        "Name a role that may, or write an authority that gives the role more.",
    ),
)
