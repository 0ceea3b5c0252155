"""The conformance kit: subclass `AdapterConformance`, give it a CRM and a spec, and pytest proves the adapter.

::

    class TestMyAdapter(AdapterConformance):
        @pytest.fixture
        def spec(self): return careengine_my.careengine_adapters()[0]

        @pytest.fixture
        def crm(self): return MyCrm()     # see `CrmUnderTest`
"""

from careengine.testing.conformance_inbound import InboundConformance
from careengine.testing.conformance_reading import ReadingConformance
from careengine.testing.conformance_spec import SpecConformance
from careengine.testing.conformance_trouble import TroubleConformance
from careengine.testing.conformance_writing import WritingConformance


class AdapterConformance(
    SpecConformance, InboundConformance, ReadingConformance, WritingConformance, TroubleConformance
):
    """What every adapter must do, as tests. A subclass gives the fixtures `spec` and `crm`."""
