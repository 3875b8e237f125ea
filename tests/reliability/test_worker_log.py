"""What a worker's process says is one JSON line each, whoever in it says it."""

import json
import signal
from collections.abc import Callable

from adapters import Contacts
from tests.adapters import raw_database
from tests.adapters.workers import until
from tests.conftest import PLAIN_POSTGRES
from tests.long_running import a_worker_process

DATABASES = [PLAIN_POSTGRES]


def test_what_a_rebuild_warns_of_is_a_line_of_the_log(
    database: str, reopen: Callable[..., Contacts]
) -> None:
    """Without extensions searching is slow; that is said when the tables are made."""
    raw_database.change(
        database,
        "UPDATE projection_checkpoints SET shape = '1-earlier' WHERE projection = 'contacts'",
    )
    with a_worker_process(database) as worker:
        until(lambda: worker.logged("leading"))
        assert worker.end(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in worker.lines]
    (warning,) = [each for each in lines if each["level"] == "warning"]
    assert warning["event"].startswith("Searching is slow without the PostgreSQL extensions")
    assert warning["logger"] == "contacts"
    assert reopen(catch_up=False).engine.outdated() == []
