"""The only addresses careengine ever calls stand in settings, and they are plain web addresses."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

WEB_ADDRESS = "an http or https address without user, password or query, such as `https://crm.example.com`"


def is_web_address(value: object) -> bool:
    """Whether this is an http(s) address with a host and without credentials, query or fragment."""
    text = str(value)
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises when it is not a number up to 65535
    except ValueError:
        return False
    plain = text.isprintable() and not {" ", "\\", "@", "?", "#"} & set(text)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def is_network(value: object) -> bool:
    """Whether this is an IP address or a network of them."""
    try:
        ipaddress.ip_network(str(value))
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches, or is reached at, that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
