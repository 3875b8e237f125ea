"""Hands the one recorder of a database to `eventsourcing` applications."""

from typing import Any

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
    TrackingRecorder,
)

from adapters.event_store.recorder import ContactRecorder


class RecorderFactory(InfrastructureFactory[TrackingRecorder]):
    """An infrastructure factory that is given its recorder and reads no environment."""

    def __init__(self, recorder: ContactRecorder) -> None:
        super().__init__(env={})
        self._recorder = recorder

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:  # noqa: ARG002
        """The recorder; snapshots are not kept."""
        return self._recorder

    def application_recorder(self) -> ApplicationRecorder:
        """The recorder."""
        return self._recorder

    def tracking_recorder(
        self,
        tracking_recorder_class: type[Any] | None = None,  # noqa: ARG002
    ) -> TrackingRecorder:
        """The recorder."""
        return self._recorder

    def process_recorder(self) -> ProcessRecorder:
        """The recorder."""
        return self._recorder
