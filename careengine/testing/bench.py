"""The fixtures that every part of the kit stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.testing.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.adapter import Adapter, AdapterSpec
    from careengine.testing.crm import CrmUnderTest


class Bench:
    """The adapter on the bench, between its spec and its CRM. A subclass gives the fixtures `spec` and `crm`."""

    @pytest.fixture
    def spec(self) -> AdapterSpec:
        """The adapter's spec, as its plugin registers it."""
        raise NotImplementedError("give a fixture `spec` that returns the adapter's AdapterSpec")

    @pytest.fixture
    def crm(self) -> CrmUnderTest:
        """The CRM to prove it against; a fixture of wider scope may keep it running."""
        raise NotImplementedError("give a fixture `crm` that returns a CrmUnderTest")

    @pytest.fixture
    def proxy(self, crm: CrmUnderTest) -> Iterator[Proxy]:
        """Stands between the adapter and the CRM."""
        with Proxy(crm.url) as proxy:
            yield proxy

    @pytest.fixture
    def adapter(self, spec: AdapterSpec, crm: CrmUnderTest, proxy: Proxy) -> Adapter:
        """The adapter, talking through the proxy."""
        return spec.create(crm.settings(proxy.url))
