"""How Kafka is reached and read (`CONTACTS_KAFKA_…`), read when a program starts."""

import ssl
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.settings import unusable
from contacts_domain.errors import SettingsError

MAX_POLL_RECORDS = 500


class KafkaSettings(BaseSettings):
    """The connection, and what is read on it; options given to a program come first."""

    model_config = SettingsConfigDict(
        env_prefix="CONTACTS_KAFKA_", extra="ignore", frozen=True, str_strip_whitespace=True
    )

    bootstrap_servers: str = Field(default="localhost:9092", min_length=1)
    """`HOST:PORT` of some brokers of the cluster, with commas."""
    topic: str = Field(default="bookings", max_length=249, pattern=r"^[A-Za-z0-9._-]+$")
    """The topic of the booking messages; it is not made."""
    group: str = Field(default="contacts", min_length=1)
    """The consumer group that shares the partitions; positions do not depend on it."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """Whether the brokers are reached through TLS (`SSL`), with a login (`SASL`), or both."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    """How the login is proven; needed with `SASL_…`."""
    sasl_username: str | None = None
    """Whose login it is; needed with `SASL_…`."""
    sasl_password: SecretStr | None = None
    """The password of the login; needed with `SASL_…`, never printed."""
    ssl_cafile: str | None = None
    """A PEM file of authorities to trust; by default those of the system."""
    ssl_certfile: str | None = None
    """A PEM file with the client's certificate."""
    ssl_keyfile: str | None = None
    """A PEM file with the client's key."""
    ssl_keyfile_password: SecretStr | None = None
    """What the client's key is encrypted with; never printed."""
    session_timeout_ms: int = Field(default=45_000, ge=2_000, le=1_800_000)
    """Milliseconds that a consumer may be silent before its partitions go to others."""
    max_poll_interval_ms: int = Field(default=300_000, ge=2_000, le=86_400_000)
    """Milliseconds that a unit of work may take before its partitions go to others."""
    max_poll_records: int = Field(default=MAX_POLL_RECORDS, ge=1, le=10_000)
    """The most messages of one unit of work."""

    @field_validator("bootstrap_servers")
    @classmethod
    def _require_ports(cls, servers: str) -> str:
        for each in servers.split(","):
            host, colon, port = each.strip().rpartition(":")
            is_address_alone = host.count(":") > 0 and not host.endswith("]")
            if colon and not is_address_alone and not _is_port(port):
                raise ValueError("write HOST:PORT, with commas between them")
        return servers

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Settings of the environment, overridden by what is given and not None.

        Raises SettingsError, which names the setting but not its value.
        """
        try:
            return cls(**{name: v for name, v in given.items() if v is not None})
        except ValidationError as error:
            raise unusable(error, "CONTACTS_KAFKA_") from None

    def told(self) -> dict[str, Any]:
        """All that is set, for people to read: secrets as asterisks."""
        return {
            name: "**********" if isinstance(value, SecretStr) else value
            for name, value in self
            if value is not None
        }

    def client_options(self) -> dict[str, Any]:
        """What every client of Kafka is made with.

        Raises SettingsError for half of a login, and for files of certificates that cannot be used.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": [each.strip() for each in self.bootstrap_servers.split(",")],
            "client_id": "contacts",
            "security_protocol": self.security_protocol,
            "ssl_cafile": self.ssl_cafile,
            "ssl_certfile": self.ssl_certfile,
            "ssl_keyfile": self.ssl_keyfile,
            "ssl_password": _secret(self.ssl_keyfile_password),
            "reconnect_backoff_max_ms": 2_000,
            "request_timeout_ms": 20_000,
            "bootstrap_timeout_ms": 10_000,
        }
        if self.security_protocol.endswith("SSL"):
            self._require_usable_files()
        if self.security_protocol.startswith("SASL"):
            if not (self.sasl_mechanism and self.sasl_username and self.sasl_password):
                raise SettingsError(
                    f"{self.security_protocol} needs CONTACTS_KAFKA_SASL_MECHANISM, "
                    "CONTACTS_KAFKA_SASL_USERNAME and CONTACTS_KAFKA_SASL_PASSWORD."
                )
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": _secret(self.sasl_password),
            }
        return options

    def _require_usable_files(self) -> None:
        """Kafka's client tells a wrong file as a broker that cannot be reached."""
        key_password = _secret(self.ssl_keyfile_password) or ""
        try:
            context = ssl.create_default_context(cafile=self.ssl_cafile)
            if self.ssl_certfile is not None:
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, lambda: key_password)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The files of certificates cannot be used ({type(error).__name__}: {error}). Look "
                "at CONTACTS_KAFKA_SSL_CAFILE, CONTACTS_KAFKA_SSL_CERTFILE, "
                "CONTACTS_KAFKA_SSL_KEYFILE and CONTACTS_KAFKA_SSL_KEYFILE_PASSWORD."
            ) from error

    def consumer_options(self) -> dict[str, Any]:
        """What a consumer is made with: it never moves anywhere by itself, and makes no topic."""
        return {
            **self.client_options(),
            "group_id": self.group,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
            "allow_auto_create_topics": False,
            "max_poll_records": self.max_poll_records,
            "max_poll_interval_ms": self.max_poll_interval_ms,
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": min(3_000, self.session_timeout_ms // 3),
            "metadata_max_age_ms": 10_000,
        }


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 2**16


class _Unprinted(str):
    """Text for a client that logs all its options."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else _Unprinted(value.get_secret_value())
