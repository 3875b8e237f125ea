"""Which column of a source is which field of a contact, and what a row says in these fields."""
