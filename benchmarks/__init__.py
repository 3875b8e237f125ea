"""Rates of the library beside the bare `eventsourcing` recorder, in the same run."""
