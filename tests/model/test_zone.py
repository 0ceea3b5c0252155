from __future__ import annotations

import pytest

from careengine.model.zone import zone_named


@pytest.mark.parametrize("name", ["Europe/London", "UTC", "EST5EDT", "Pacific/Auckland"])
def test_a_zone_goes_by_its_name(name: str) -> None:
    zone = zone_named(name)
    assert zone is not None
    assert zone.key == name


@pytest.mark.parametrize(
    "name", ["", "localtime", "posixrules", "Factory", "Mars/Base", "europe/london", "Europe", "../../etc/localtime"]
)
def test_what_a_machine_calls_its_own_and_what_nobody_knows_is_no_zone(name: str) -> None:
    assert zone_named(name) is None
