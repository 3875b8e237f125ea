"""The peer of imports and pages: a small CRUD application, contacts in one table that Django
changes in place, on the same PostgreSQL server."""

from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.apps import apps
from django.conf import settings
from django.db import connections
from sqlalchemy import make_url

PEER = "Django on PostgreSQL"
APP = "django_crm"


@contextmanager
def django_on(url: str) -> Iterator[None]:
    """Django, connected to a database of PostgreSQL while this lasts."""
    given = make_url(url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": given.database,
        "HOST": given.host,
        "PORT": str(given.port or ""),
        "USER": given.username,
        "PASSWORD": given.password or "",
        "CONN_MAX_AGE": None,
    }
    if not settings.configured:
        settings.configure(
            DATABASES={"default": database},
            INSTALLED_APPS=["django.contrib.postgres", f"benchmarks.peers.{APP}"],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
        )
        django.setup()
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(database)
    try:
        yield
    finally:
        connection.close()


def make_tables() -> None:
    """Tables and indexes of all models, and the extension that the trigram index needs."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    with connection.schema_editor() as editor:
        for model in apps.get_app_config(APP).get_models():
            editor.create_model(model)
