"""Booking messages from Kafka (extra `kafka`), taken in exactly once."""
