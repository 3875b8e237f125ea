"""What a process that runs for long says: one JSON line for everything, whoever says it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


class ToStructlog(logging.Handler):
    """Hands on what libraries log in Python's own way, with the kind of an error but without its
    traceback, which may quote personal data."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it as one of our own lines."""
        about = {"logger": record.name}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            about["reason"] = type(error).__name__
        structlog.get_logger().log(record.levelno, record.getMessage(), **about)


@contextmanager
def all_in_log_lines() -> Iterator[None]:
    """Until the end of the `with`; of libraries only warnings and errors."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    handler = ToStructlog(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
