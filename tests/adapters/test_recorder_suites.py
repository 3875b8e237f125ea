"""The suites that `eventsourcing` ships for recorders, run against ours on SQLite."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eventsourcing.tests import persistence as suites

from adapters import open_contacts
from adapters.event_store.recorder import ContactRecorder


class FreshDatabase:
    """Gives every test of a suite a recorder on a database of its own."""

    def create_recorder(self: Any) -> ContactRecorder:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        contacts = open_contacts(Path(folder.name) / "contacts.db")
        self.addCleanup(contacts.close)
        recorder = contacts.book.recorder
        assert isinstance(recorder, ContactRecorder)
        return recorder


class TestApplicationRecorder(FreshDatabase, suites.ApplicationRecorderTestCase[ContactRecorder]):
    """Streams, notifications, concurrent writers and readers."""

    def test_insert_subscribe(self) -> None:
        """Subscriptions pass the suite's optional test, too."""
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(FreshDatabase, suites.TrackingRecorderTestCase):
    """How far upstream applications were taken in."""


class TestProcessRecorder(FreshDatabase, suites.ProcessRecorderTestCase):
    """Events and tracking in one transaction."""


class TestNonInterleavingNotificationIDs(
    FreshDatabase, suites.NonInterleavingNotificationIDsBaseCase
):
    """Units recorded at once never share a range of positions."""
