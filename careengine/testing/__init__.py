"""For people who write adapters: the conformance kit, and a proxy that misbehaves. Needs pytest."""

from careengine.testing.conformance import AdapterConformance
from careengine.testing.crm import CaseState, CrmUnderTest
from careengine.testing.proxy import Answer, Proxy, dead_url

__all__ = ["AdapterConformance", "Answer", "CaseState", "CrmUnderTest", "Proxy", "dead_url"]
