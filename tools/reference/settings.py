"""The page of settings."""

from cyclopts import App
from pydantic_settings import BaseSettings

from adapters.cli.main import build_app
from adapters.exchange.limits import ImportSettings
from adapters.kafka.settings import KafkaSettings
from adapters.settings import Settings
from contacts_domain.commands import ChangeSettings, Command
from tools.reference.command_line import arguments_of
from tools.reference.commands import fields_table
from tools.reference.fields import attribute_docstrings, value_in_words
from tools.reference.markdown import page, table

SETTINGS_INTRODUCTION = """
# Settings

The command line reads these from the environment when it starts. An option given there comes
first. The library itself reads no environment: what it needs are arguments of `open_contacts`.
"""

KAFKA_INTRODUCTION = """
For consumers of booking messages ([how to](../how-to/consume-bookings.md)). In the library they are
fields of `KafkaSettings`, which `KafkaSettings.read()` takes from the environment.
"""

IMPORT_INTRODUCTION = """
What a file that is imported may have ([how to](../how-to/import-contacts.md#limits)). In the
library they are an `ImportLimits` for `open_contacts(import_limits=…)`.
"""

ORGANIZERS_INTRODUCTION = """
Every organizer may set these for itself. They are recorded as events, by the command
[ChangeSettings](commands.md#changesettings) or by
[contacts settings set](command-line.md#contacts-settings-set).
"""


def settings_page() -> str:
    """The settings of an installation, of its consumers, and those of an organizer."""
    app = build_app()
    own = [name for name in ChangeSettings.model_fields if name not in Command.model_fields]
    return page(
        SETTINGS_INTRODUCTION.strip(),
        _settings_table(Settings, app.meta),
        "## Kafka",
        KAFKA_INTRODUCTION.strip(),
        _settings_table(KafkaSettings, app["bookings"]["consume"]),
        "## Limits of imports",
        IMPORT_INTRODUCTION.strip(),
        _settings_table(ImportSettings, app["import"]),
        "## Settings of an organizer",
        ORGANIZERS_INTRODUCTION.strip(),
        fields_table(ChangeSettings, own),
    )


def _settings_table(settings: type[BaseSettings], command: App) -> str:
    """A row for each variable, with the option that comes before it."""
    prefix = settings.model_config["env_prefix"].upper()
    said = attribute_docstrings(settings)
    options = {name for each in arguments_of(command) for name in each.names}
    rows = (
        (
            f"`{prefix}{name.upper()}`",
            said[name],
            "" if field.default_factory else value_in_words(field.default),
            f"`{option}`" if (option := f"--{name.replace('_', '-')}") in options else "",
        )
        for name, field in settings.model_fields.items()
    )
    return table(("variable", "meaning", "default", "option"), rows)
