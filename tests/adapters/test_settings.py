"""Settings: from the environment, overridden by what is given, and never shown when wrong."""

import getpass
import re

import pytest

from adapters.settings import Settings
from contacts_domain.errors import SettingsError

NAMES = ("DATABASE", "SCHEMA_NAME", "ORGANIZER", "ACTOR", "DEFAULT_REGION")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests has no say."""
    for name in NAMES:
        monkeypatch.delenv(f"CONTACTS_{name}", raising=False)


def test_without_an_environment_there_are_defaults() -> None:
    """A file in the current folder, the organizer `default`, the user of the operating system."""
    settings = Settings.read()
    assert (settings.database, settings.organizer) == ("contacts.db", "default")
    assert settings.actor == getpass.getuser()
    assert (settings.default_region, settings.schema_name) == (None, None)


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the time of the call, not of the import."""
    values = {
        "DATABASE": "postgresql://host/db",
        "SCHEMA_NAME": "crm",
        "ORGANIZER": "acme",
        "ACTOR": "grace",
        "DEFAULT_REGION": "DE",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"CONTACTS_{name}", value)
    settings = Settings.read()
    assert {name: getattr(settings, name.lower()) for name in values} == values


def test_what_is_given_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given as None means not given."""
    monkeypatch.setenv("CONTACTS_ORGANIZER", "acme")
    monkeypatch.setenv("CONTACTS_ACTOR", "grace")
    settings = Settings.read(organizer="other", actor=None)
    assert (settings.organizer, settings.actor) == ("other", "grace")


def test_other_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ours unknown ones, and of others everything without our prefix."""
    monkeypatch.setenv("CONTACTS_COLOUR", "blue")
    monkeypatch.setenv("DATABASE", "elsewhere")
    assert Settings.read().database == "contacts.db"


@pytest.mark.parametrize("region", ["XX", "Germany", "de", "s3cret", " DE"])
@pytest.mark.parametrize("is_given", [True, False], ids=["given", "environment"])
def test_a_region_that_does_not_exist_is_named_without_its_value(
    is_given: bool, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal names the setting and shows what a right value looks like."""
    if not is_given:
        monkeypatch.setenv("CONTACTS_DEFAULT_REGION", region)
    given = {"default_region": region} if is_given else {}
    with pytest.raises(SettingsError, match="CONTACTS_DEFAULT_REGION") as refusal:
        Settings.read(**given)
    assert refusal.value.code == "settings_error"
    assert refusal.value.details == {"setting": "default_region"}
    told, examples = refusal.value.message, "such as DE or GB"
    assert examples in told
    assert region.strip() not in re.findall(r"\w+", told.replace(examples, ""))


def test_a_blank_region_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable switches a setting off."""
    monkeypatch.setenv("CONTACTS_DEFAULT_REGION", "")
    assert Settings.read().default_region is None


def test_settings_cannot_be_changed() -> None:
    """They are read once."""
    settings = Settings.read()
    with pytest.raises(ValueError, match="frozen"):
        settings.organizer = "other"
