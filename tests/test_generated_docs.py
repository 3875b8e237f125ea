"""The reference pages are what the code says, and say all of it."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.cli.main import build_app
from adapters.exchange.limits import ImportLimits
from adapters.kafka.settings import KafkaSettings
from adapters.metrics import Metrics
from adapters.projection_status import ProjectionStatus, RebuildStatus
from adapters.settings import Settings
from contacts_domain import errors
from contacts_domain.event_schema import EVENT_TYPES
from contacts_domain.handlers import HANDLERS
from tools import make_docs
from tools.reference.machine_readable import GENERATED_JSON
from tools.reference.markdown import GENERATED


def written(page: str) -> str:
    """A reference page as it lies in the checkout."""
    return (make_docs.REFERENCE / page).read_text(encoding="utf-8")


def headings(page: str) -> list[str]:
    """The second-level headings of a reference page."""
    return re.findall(r"^## (.*)$", written(page), re.MULTILINE)


def codes(page: str) -> list[str]:
    """What stands as code in the first cells of a page's tables."""
    return re.findall(r"^\| `([^`]+)`", written(page), re.MULTILINE)


def test_the_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever changes a command, event, error, setting or option writes the pages anew."""
    assert make_docs.main(["--check"]) == 0, capsys.readouterr().out


def test_a_page_that_differs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checking fails on pages that are missing or changed, and writing mends them."""
    monkeypatch.setattr(make_docs, "REFERENCE", tmp_path / "reference")
    assert make_docs.main(["--check"]) == 1
    assert make_docs.main([]) == 0
    assert make_docs.main(["--check"]) == 0
    capsys.readouterr()
    (tmp_path / "reference" / "events.md").write_text("something else", encoding="utf-8")
    assert make_docs.main(["--check"]) == 1
    printed = capsys.readouterr().out
    named = [page for page in make_docs.PAGES if page in printed]
    assert named == ["events.md"]


@pytest.mark.parametrize("page", make_docs.PAGES)
def test_every_page_warns_who_would_edit_it(page: str) -> None:
    """It says by which command it is generated; pages in their first line."""
    if page.endswith(".md"):
        assert written(page).startswith(GENERATED)
    else:
        assert GENERATED_JSON in written(page)


def test_every_command_appears() -> None:
    """In the order of the table of contents."""
    expected = [each.__name__ for each in HANDLERS]
    assert [each for each in headings("commands.md") if each in expected] == expected


def test_every_event_appears() -> None:
    """Under its stored name."""
    assert headings("events.md") == list(EVENT_TYPES)


def test_every_error_appears() -> None:
    """By its code, once."""
    raised = {
        each.code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.ContactsError)
    } - {errors.ContactsError.code, errors.Refused.code}
    assert sorted(codes("errors.md")) == sorted({*raised, "wrong_usage"})


def test_every_setting_appears() -> None:
    """As a variable of the environment."""
    variables = [each for each in codes("settings.md") if each.startswith("CONTACTS_")]
    assert variables == [
        *(f"CONTACTS_{name.upper()}" for name in Settings.model_fields),
        *(f"CONTACTS_KAFKA_{name.upper()}" for name in KafkaSettings.model_fields),
        *(f"CONTACTS_IMPORT_{name.upper()}" for name in ImportLimits.model_fields),
    ]


def test_every_command_of_the_command_line_appears() -> None:
    """With the commands below it."""
    app = build_app()
    for name in app:
        if not name.startswith("-"):
            below = [each for each in app[name] if not each.startswith("-")]
            expected = [f"contacts {name}", *(f"contacts {name} {each}" for each in below)]
            assert [each for each in headings("command-line.md") if each in expected] == expected


def test_every_metric_appears() -> None:
    """The how-to names all metrics that a worker answers, with type, labels and meaning."""
    metrics = Metrics(
        lambda: [ProjectionStatus("contacts", 1, 2, 3, 1, 0.5, 0)],
        lambda: [RebuildStatus("contacts", 2, 1, 3)],
    )
    metrics.folded("contacts", 1, 0.1)
    metrics.failed("database_busy")
    answered = set()
    for family in text_string_to_metric_families(metrics.text().decode()):
        if not family.name.endswith("_created"):
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = set().union(*(sample.labels for sample in family.samples)) - {"le"}
            answered.add((name, family.type, " ".join(sorted(labels)), family.documentation))
    page = (make_docs.CHECKOUT / "docs/how-to/follow-with-a-worker.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(contacts_\w+)` \| (\w+) \| `?(\w*)`? ?\| (.*) \|$", page, re.MULTILINE
    )
    assert set(rows) == answered
