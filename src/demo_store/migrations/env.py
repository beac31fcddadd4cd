"""Alembic environment of the demo store: runs on the connection that `demo_store.database.migrate` hands over.

No command line is needed: the store migrates its own schema when it starts.
"""

from alembic import context

from demo_store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, version_table_schema=context.config.attributes["schema"]
)
context.run_migrations()
