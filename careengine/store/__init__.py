"""What careengine remembers: events, history, decisions, actions, deliveries, keys. SQLAlchemy Core.

`Store` opens the database, SQLite or PostgreSQL, and gives transactions; the functions that read and write lie in
one file a table and take the transaction first, then the tenant. Nothing here makes a decision.
"""

from careengine.store.store import Store

__all__ = ["Store"]
