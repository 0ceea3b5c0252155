"""Takes decided actions to the CRM and works off what its webhooks brought. See `Delivery`."""

from careengine.delivery.delivery import Delivery

__all__ = ["Delivery"]
