"""Reading vCards of all versions, as phones and mail programs write them."""

from io import BytesIO

import pytest

from adapters.exchange.reading.opening import opened_source
from adapters.exchange.reading.source_table import ReadingOptions, SourceRow
from contacts_domain.errors import UnreadableFile


def read(text: str | bytes, **options: str) -> list[SourceRow]:
    """The rows of a file of cards."""
    content = text if isinstance(text, bytes) else text.encode()
    with opened_source(BytesIO(content), options=ReadingOptions(**options)) as table:
        assert table.format == "vcard"
        return list(table.rows)


def card(text: str | bytes) -> dict[str, str]:
    """What stands in the cells of the one card, blank ones left out."""
    (row,) = read(text)
    with opened_source(BytesIO(b"BEGIN:VCARD\nEND:VCARD\n")) as table:
        headers = table.headers
    assert not row.defect
    return {header: cell for header, cell in zip(headers, row.cells, strict=True) if cell}


def test_version_2_1() -> None:
    """Parameters without names, quoted-printable with soft line breaks, a character set."""
    found = card(
        "BEGIN:VCARD\r\nVERSION:2.1\r\n"
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Zo=C3=AB;;Dr.;\r\n"
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Dr. Zo=C3=AB M=C3=BCller\r\n"
        "TEL;HOME;VOICE:030 111\r\nTEL;CELL;PREF:+49 170 1234567\r\n"
        "EMAIL;INTERNET:zoe@example.org\r\n"
        "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\r\ntwo\r\n"
        "END:VCARD\r\n"
    )
    assert (found["First Name"], found["Last Name"]) == ("Zoë", "Müller")
    assert (found["Name Prefix"], found["Full Name"]) == ("Dr.", "Dr. Zoë Müller")
    assert found["Phone"] == "+49 170 1234567 ::: 030 111"
    assert found["E-mail"] == "zoe@example.org"
    assert found["Notes"].split() == ["one", "two"]


def test_version_3() -> None:
    """Folded lines, escapes, groups, structured names with several values."""
    found = card(
        "BEGIN:VCARD\nVERSION:3.0\nN:Lovelace;Ada;King,Byron;;PhD\nFN:Ada Lovelace\n"
        "item1.EMAIL;TYPE=INTERNET:work@example.org\n"
        "EMAIL;TYPE=INTERNET,pref:ada@example.org\n"
        "ORG:Engines\\, Ltd.;Analysis;Lab\nTITLE:Analyst\\; first\n"
        "NOTE:A long not\n e\\nwith two lines\nCATEGORIES:vip,friends\\, old\n"
        "ADR:;;1 Street;London;;;UK\nBDAY:1815-12-10\nEND:VCARD\n"
    )
    assert found == {
        "Full Name": "Ada Lovelace",
        "First Name": "Ada",
        "Middle Name": "King Byron",
        "Last Name": "Lovelace",
        "Name Suffix": "PhD",
        "E-mail": "ada@example.org ::: work@example.org",
        "Company": "Engines, Ltd.",
        "Department": "Analysis, Lab",
        "Job Title": "Analyst; first",
        "Notes": "A long note\nwith two lines",
        "Categories": "vip ::: friends, old",
        "Other": "ADR: ;;1 Street;London;;;UK\nBDAY: 1815-12-10",
    }


def test_version_4() -> None:
    """Preferences are numbers, phones may be URIs."""
    found = card(
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nEMAIL;PREF=2:b@example.org\nEMAIL;PREF=1:a@example.org\n"
        'TEL;VALUE=uri;TYPE="voice,cell":tel:+44-20-7946-0958\nEND:VCARD\n'
    )
    assert found["E-mail"] == "a@example.org ::: b@example.org"
    assert found["Phone"] == "+44-20-7946-0958"


def test_pictures_are_passed_over_however_large() -> None:
    """Folded or in one line of ten megabytes."""
    picture = "QUJD" * 2_500_000
    text = (
        f"BEGIN:VCARD\nVERSION:3.0\nPHOTO;ENCODING=b;TYPE=JPEG:{picture}\nFN:Ada\n"
        f"LOGO;ENCODING=BASE64:\n QUJD\n QUJD\n\nEMAIL:ada@example.org\nEND:VCARD\n"
    )
    assert card(text) == {"Full Name": "Ada", "E-mail": "ada@example.org"}


def test_a_broken_card_harms_no_other() -> None:
    """A line that is none is kept as it stands; the last card may have no end."""
    first, second = read(
        "BEGIN:VCARD\nnonsense\nEMAIL:a@example.org\nEND:VCARD\n"
        "junk between\nBEGIN:VCARD\nEMAIL:b@example.org\n"
    )
    assert "nonsense" in first.cells
    assert (first.number, first.defect) == (1, "")
    assert (second.number, "END:VCARD" in second.defect) == (2, True)


def test_cards_of_other_encodings() -> None:
    """As for tables."""
    text = "BEGIN:VCARD\nVERSION:2.1\nFN:Zoë Müller François\nEMAIL:z@example.org\nEND:VCARD\n"
    assert card(text.encode("cp1252"))["Full Name"] == "Zoë Müller François"
    assert card(text.encode("utf-16"))["Full Name"] == "Zoë Müller François"


def test_a_file_without_cards_is_refused() -> None:
    """If it is said to be of cards."""
    with pytest.raises(UnreadableFile, match="BEGIN:VCARD"):
        read("hello", format="vcard")
