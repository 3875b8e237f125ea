"""The event store: a persistence module for `eventsourcing` on SQLAlchemy Core, one code path for
SQLite and PostgreSQL, one engine for events, claims, positions and read tables."""
