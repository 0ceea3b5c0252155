"""The careengine adapter for django-helpdesk."""

from __future__ import annotations

import json
from importlib.resources import files

from careengine import AdapterSpec, Capabilities, hookimpl
from careengine_django_helpdesk.adapter import DjangoHelpdesk
from careengine_django_helpdesk.options import NAME
from careengine_django_helpdesk.writing import ACTIONS

__all__ = ["DjangoHelpdesk", "careengine_adapters"]


@hookimpl
def careengine_adapters() -> list[AdapterSpec]:
    """The one adapter."""
    return [
        AdapterSpec(
            name=NAME,
            create=DjangoHelpdesk,
            capabilities=Capabilities(
                actions=ACTIONS, concurrency="none", idempotency="marker", webhook="shared_secret"
            ),
            settings_schema=json.loads(files(__package__).joinpath("settings.schema.json").read_text("utf-8")),
        )
    ]
