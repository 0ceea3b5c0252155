"""The settings of one installation: read, checked, and with secrets fetched only when an adapter is made.

`Settings.load()` gives the settings; `adapter_options()` gives what an adapter is made with.
"""

from careengine.settings.adapters import adapter_options
from careengine.settings.addresses import is_loopback
from careengine.settings.layers import DEFAULT_FILE, PREFIX, Origin
from careengine.settings.load import Settings
from careengine.settings.records import (
    AdapterSettings,
    DeliverySettings,
    LogSettings,
    OidcSettings,
    PeopleSettings,
    PluginsSettings,
    PrivacySettings,
    RetentionSettings,
    RulesSettings,
    ServiceSettings,
    StoreSettings,
)

__all__ = [
    "DEFAULT_FILE",
    "PREFIX",
    "AdapterSettings",
    "DeliverySettings",
    "LogSettings",
    "OidcSettings",
    "Origin",
    "PeopleSettings",
    "PluginsSettings",
    "PrivacySettings",
    "RetentionSettings",
    "RulesSettings",
    "ServiceSettings",
    "Settings",
    "StoreSettings",
    "adapter_options",
    "is_loopback",
]
