"""The write side: commands, aggregates, events and the application that records them.

Read in this order: `commands`, `handlers`, `contact`, `events`, `contact_book`.
"""
