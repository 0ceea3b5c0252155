"""How Alembic runs our migrations: on the connection it is given, inside that connection's transaction."""

from alembic import context

from careengine.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table by building it anew
    transactional_ddl=True,
)
context.run_migrations()
