"""For people who write adapters: the conformance kit, a proxy that misbehaves, a tiny CRM. Needs pytest."""

from careengine.testing.conformance import AdapterConformance
from careengine.testing.crm import CaseState, CrmUnderTest
from careengine.testing.loopback import Answer, Loopback, dead_url
from careengine.testing.proxy import Proxy
from careengine.testing.tiny_crm import TinyCrm

__all__ = ["AdapterConformance", "Answer", "CaseState", "CrmUnderTest", "Loopback", "Proxy", "TinyCrm", "dead_url"]
