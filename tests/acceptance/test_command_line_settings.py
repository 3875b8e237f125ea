"""Settings of the command line: `CONTACTS_…` in the environment, and options that win over them."""

from adapters import open_contacts
from contacts_domain.event_schema import Provenance
from tests.acceptance.program import Program
from tests.scenario import recorded_events

SETTINGS = {
    "CONTACTS_DATABASE": "from-environment.db",
    "CONTACTS_ORGANIZER": "acme",
    "CONTACTS_ACTOR": "night shift",
    "CONTACTS_DEFAULT_REGION": "GB",
}
ADD = ("add", "ada@example.org", "--first-name", "Ada", "--phone", "020 7946 0958", "--json")


def provenance(program: Program, database: str) -> list[tuple[str, Provenance]]:
    """Whose event each stored event is, and where it came from."""
    with open_contacts(program.folder / database) as contacts:
        return [(each.organizer_id, each.provenance) for each in recorded_events(contacts)]


def test_the_environment_says_where_for_whom_and_by_whom(program: Program) -> None:
    """Database, organizer, actor and default region come from the environment."""
    assert program(*ADD, **SETTINGS).exit_code == 0
    contact = program("show", "ada@example.org", "--json", **SETTINGS).document
    assert contact["phone_e164"] == "+442079460958"
    assert [each.name for each in program.folder.iterdir()] == ["from-environment.db"]
    ((organizer, by),) = provenance(program, "from-environment.db")
    assert (organizer, by.actor, by.source) == ("acme", "night shift", "cli")


def test_options_win_over_the_environment(program: Program) -> None:
    """What is said on the command line holds."""
    options = ["--database", "sqlite:///given.db", "--organizer", "globex", "--actor", "me"]
    assert program(*ADD, *options, "--default-region", "DE", **SETTINGS).exit_code == 0
    contact = program("show", "ada@example.org", "--json", *options, **SETTINGS).document
    assert contact["phone_e164"] == "+492079460958"
    assert [each.name for each in program.folder.iterdir()] == ["given.db"]
    ((organizer, by),) = provenance(program, "given.db")
    assert (organizer, by.actor, by.source) == ("globex", "me", "cli")


def test_without_settings_the_user_works_on_a_file_in_the_folder(program: Program) -> None:
    """The defaults are contacts.db, the organizer `default` and the user of the system."""
    (program.folder / "people.csv").write_text("email\ngrace@example.org\n", encoding="utf-8")
    assert program(*ADD, USER="ada", LOGNAME="ada").exit_code == 0
    assert program("import", "people.csv", "--json", LOGNAME="ada").exit_code == 0
    assert (program.folder / "contacts.db").exists()
    added, started, confirmed, imported, *_ = provenance(program, "contacts.db")
    assert (started[1].source, confirmed[1].source) == ("cli", "cli")
    assert (added[0], added[1].actor, added[1].source) == ("default", "ada", "cli")
    assert (imported[0], imported[1].actor, imported[1].source) == ("default", "ada", "import")
    assert imported[1].correlation_id


def test_a_setting_that_cannot_be_used_is_named(program: Program) -> None:
    """The refusal names the setting, in the environment's spelling, and what would do."""
    ran = program("list", CONTACTS_DEFAULT_REGION="Germany")
    assert ran.exit_code == 1
    assert ran.sentence == (
        "The setting CONTACTS_DEFAULT_REGION cannot be used: use an ISO 3166-1 code such as DE "
        "or GB."
    )
    assert program("list", "--json", "--default-region", "XX").refusal == (1, "settings_error")
