"""careengine: everything an adapter, a plugin or an embedding program may import.

>>> import careengine
>>> careengine.Money.parse("25.00 GBP").currency
'GBP'
"""

from careengine.errors import (
    AdapterError,
    AuthError,
    CareError,
    ConfigError,
    Conflict,
    InboundError,
    NotFound,
    OutcomeUnknown,
    PayloadError,
    PayloadProblem,
    PluginError,
    PolicyError,
    Problem,
    Rejected,
    Retryable,
    SettingsError,
    SignatureError,
    StoreError,
    Throttled,
    Unsupported,
)
from careengine.hookspecs import hookimpl
from careengine.model.adapter import Adapter, AdapterSpec, Capabilities, Health, Receipt, RulePack, WebhookRequest
from careengine.model.decision import Action, Decision, Veto
from careengine.model.facts import Facts
from careengine.model.history import Entry
from careengine.model.interaction import Interaction
from careengine.model.value import Money

__all__ = [
    "Action",
    "Adapter",
    "AdapterError",
    "AdapterSpec",
    "AuthError",
    "Capabilities",
    "CareError",
    "ConfigError",
    "Conflict",
    "Decision",
    "Entry",
    "Facts",
    "Health",
    "InboundError",
    "Interaction",
    "Money",
    "NotFound",
    "OutcomeUnknown",
    "PayloadError",
    "PayloadProblem",
    "PluginError",
    "PolicyError",
    "Problem",
    "Receipt",
    "Rejected",
    "Retryable",
    "RulePack",
    "SettingsError",
    "SignatureError",
    "StoreError",
    "Throttled",
    "Unsupported",
    "Veto",
    "WebhookRequest",
    "hookimpl",
]
__version__ = "0.1.0"
