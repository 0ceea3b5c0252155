"""What careengine remembers: events, history, decisions, actions, deliveries, keys. SQLAlchemy Core on SQLite.

`Store` opens the database and gives transactions; the functions that read and write lie in one file a table and
take the transaction first, then the tenant. Nothing here makes a decision.
"""

from careengine.store.database import Store

__all__ = ["Store"]
