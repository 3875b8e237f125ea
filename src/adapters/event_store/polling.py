"""A subscription that asks again: correct on every database, late by at most its interval."""

from collections import deque
from collections.abc import Sequence
from threading import Event

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

POLL_SECONDS = 0.2
SELECT_LIMIT = 500


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Yields recorded events, then waits for new ones until it is stopped."""

    def __init__(
        self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._stopped = Event()
        self._waiting: deque[Notification] = deque()

    def stop(self) -> None:
        """End the iteration, also of a thread that is waiting."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if self._waiting:
                return self._waiting.popleft()
            self._pull()
            if not self._waiting:
                self._stopped.wait(POLL_SECONDS)
        raise StopIteration

    def _pull(self) -> None:
        found = self._recorder.select_notifications(
            start=self._last_notification_id or 0,
            limit=SELECT_LIMIT,
            topics=self._topics,
            inclusive_of_start=False,
        )
        if found:
            self._last_notification_id = found[-1].id
            self._waiting.extend(found)
