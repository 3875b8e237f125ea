"""Kafka's failures in the library's own words: what happened, and what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager

from contacts_domain.errors import BrokerRefused, BrokerUnavailable, SettingsError

try:
    from kafka import errors
except ImportError:
    raise SettingsError(
        "Kafka needs the packages kafka-python and crc32c; install contacts-domain[kafka]."
    ) from None

REFUSING = (
    errors.AuthorizationError,
    errors.SaslAuthenticationFailedError,
    errors.UnsupportedSaslMechanismError,
    errors.IllegalSaslStateError,
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise BrokerUnavailable, BrokerRefused and SettingsError instead of Kafka's own errors."""
    try:
        yield
    except REFUSING as error:
        raise BrokerRefused(
            f"Kafka does not let this client in or not do this ({_told(error)}). Check its "
            "credentials, and its rights to read the topic and to join the group."
        ) from error
    except errors.KafkaConfigurationError as error:
        raise SettingsError(f"Kafka cannot be used with these settings: {error}.") from error
    except (errors.KafkaError, OSError) as error:
        raise BrokerUnavailable(
            f"Kafka cannot be reached or did not answer ({_told(error)}). Check its address, "
            "that it runs, and the credentials and certificates if it asks for some. No position "
            "has moved."
        ) from error


def _told(error: BaseException) -> str:
    first_line = next(iter(str(error).splitlines()), "").rstrip(".")
    name = type(error).__name__
    return first_line[:300] if name in first_line else f"{name} {first_line[:300]}".rstrip()
