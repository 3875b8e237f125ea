"""Tables that no program is known for: columns are found by their names and by what stands in them,
with how sure that is; and people have the last word."""

import pytest

from adapters.exchange.mapping.contact_rows import RowReader
from adapters.exchange.mapping.matching import SURE, overridden, propose


def fields(headers: str, *rows: str) -> list[str | None]:
    """What the columns are taken for."""
    sample = [row.split(",") for row in rows]
    return [column.field for column in propose(headers.split(","), sample).mapping]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("E-Mail-Adresse,Vorname,Nachname,Firma", ["email", "first_name", "last_name", "company"]),
        ("Courriel,Prénom,Nom de famille", ["email", "first_name", "last_name"]),
        ("Correo electrónico,Nombre,Apellidos", ["email", "first_name", "last_name"]),
        ("メールアドレス,名,姓,会社", ["email", "first_name", "last_name", "company"]),
        ("Work E-mail,Cell Phone,Organisation", ["email", "phone", "company"]),
        ("MAIL,Customer Name,Remarks,Labels", ["email", "full_name", "notes", "tags"]),
    ],
)
def test_names_in_many_languages(headers: str, expected: list[str]) -> None:
    """As spreadsheets in these languages name them."""
    assert fields(headers) == expected


def test_a_slip_of_the_pen_is_a_name() -> None:
    """With less confidence than the name itself, but enough; short names must be right."""
    proposal = propose(["Email Adress", "Frist Name", "Nmae"], [])
    email, first, last = proposal.columns
    assert (email.field, first.field, last.field) == ("email", "first_name", None)
    assert SURE <= first.confidence < 1
    assert "like" in email.because


def test_content_tells_what_names_do_not() -> None:
    """E-mails and phones are known by their looks, if nearly all cells have them."""
    rows = [f"ada{n}@example.org,+44 20 7946 095{n},text" for n in range(9)]
    headers = ["Kontakt", "Erreichbar", "Sonstiges"]
    proposal = propose(headers, [row.split(",") for row in [*rows, "none,none,none"]])
    assert [column.field for column in proposal.mapping] == ["email", "phone", None]
    assert all(SURE <= column.confidence < 1 for column in proposal.columns[:2])
    assert proposal.columns[2].because == "nothing known"


def test_content_does_not_overrule_a_name() -> None:
    """A column of e-mails beside one that is named so stays what it is."""
    assert fields("Email,Assistant", "ada@example.org,bob@example.org") == ["email", None]


def test_mixed_content_is_not_guessed() -> None:
    """Half of the cells are not enough."""
    assert fields("X", "ada@example.org", "none") == [None]


def test_people_have_the_last_word() -> None:
    """Named columns come before what was found; unknown headers are told."""
    mapping = propose(["Email", "Work Mail", "Fax"], []).mapping
    changed, unknown = overridden(mapping, {"work mail": "email", "Email": None, "Shoe": "notes"})
    assert [column.field for column in changed] == [None, "email", None]
    assert unknown == ["Shoe"]


def test_a_named_column_comes_first_of_several() -> None:
    """`--map "Work=email"` means that one where both are filled."""
    mapping, _ = overridden(propose(["Email", "Work"], []).mapping, {"Work": "email"})
    row = RowReader(mapping).read(["ada@home.example", "ada@work.example"])
    assert row.fields == {"email": "ada@work.example"}
    assert RowReader(mapping).read(["ada@home.example", " "]).fields == {
        "email": "ada@home.example"
    }


def test_a_full_name_serves_where_there_is_no_other() -> None:
    """Split without losing a word, or whole."""
    mapping = propose(["Email", "Name", "First Name"], []).mapping
    reader = RowReader(mapping)
    assert reader.read(["a@b.org", "Ada Lovelace", ""]).fields["last_name"] == "Lovelace"
    assert reader.read(["a@b.org", "Ada Lovelace", "Augusta"]).fields["first_name"] == "Augusta"
    assert "last_name" not in reader.read(["a@b.org", "Ada Lovelace", "Augusta"]).fields
