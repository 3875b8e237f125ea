"""Booking messages (CloudEvents 1.0) become commands; feeds of them are replayed from files."""
