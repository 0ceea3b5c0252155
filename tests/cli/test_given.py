"""Who works at this command line: as the system knows it, whatever the environment says."""

from __future__ import annotations

import os
import pwd

import pytest

from careengine.cli.given import actor

MADE_UP = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"), "somebody-else")
OTHER = next(one for one in pwd.getpwall() if one.pw_uid)
NOBODY = 2**31 - 7  # has no name


def be(monkeypatch: pytest.MonkeyPatch, user: int, **environment: str) -> None:
    monkeypatch.setattr(os, "getuid", lambda: user)
    monkeypatch.delenv("SUDO_UID", raising=False)
    for name, value in {**MADE_UP, **environment}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("user", "environment", "said"),
    [
        (OTHER.pw_uid, {}, f"local:{OTHER.pw_name}"),
        (OTHER.pw_uid, {"SUDO_UID": "0"}, f"local:{OTHER.pw_name}"),
        (0, {}, "local:root"),
        (0, {"SUDO_UID": str(OTHER.pw_uid)}, f"local:root/{OTHER.pw_name}"),
        (0, {"SUDO_UID": "somebody-else"}, "local:root"),
        (0, {"SUDO_UID": "9" * 30}, f"local:root/{'9' * 30}"),
        (NOBODY, {}, f"local:{NOBODY}"),
    ],
)
def test_the_actor_is_whom_the_system_knows(
    monkeypatch: pytest.MonkeyPatch, user: int, environment: dict[str, str], said: str
) -> None:
    be(monkeypatch, user, **environment)
    assert actor() == said
