"""The demo CRM: a small helpdesk with an HTTP API, its careengine adapter and a seeded day of interactions."""
