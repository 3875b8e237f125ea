"""What makes two headers the same: letters and digits only, without case."""

import unicodedata


def header_key(header: str) -> str:
    """`E-mail 1 - Value`, `e_mail1value` and `EMAIL 1 VALUE` are the same."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(character for character in folded if character.isalnum())
