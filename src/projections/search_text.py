"""Text made comparable: without case and accents, white space folded."""

import unicodedata


def folded(text: str) -> str:
    """`text` casefolded, without combining marks, with single spaces."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
        text = unicodedata.normalize("NFC", text.casefold())
    return " ".join(text.casefold().split())


def searchable(*fields: str) -> str:
    """One column to search in; a term cannot match across two fields."""
    return "\n".join(folded(field) for field in fields)


def escaped_for_like(text: str) -> str:
    r"""`text` as a literal inside a LIKE pattern with the escape character `\`."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
