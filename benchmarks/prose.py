"""What the page says about the figures and does not change with them."""

from benchmarks.goals import FLAT

INTRODUCTION = """\
What the library costs, beside what a platform would have instead of it: a small CRUD application in
Django on the same PostgreSQL server, and the bare `eventsourcing` package that the library builds
on, with its `ProjectionRunner`. Figures drift from machine to machine and from hour to hour, so
nothing here is a promise in itself; what counts are the **ratios** to a peer that was run in the
same command, in turn with ours. `make bench` measures again, and
`python -m benchmarks --quick` in under three minutes with small sizes."""

READING = """\
Rates are per second, the more the better; times are milliseconds, the fewer the better. A figure is
the median of the repetitions, with the lowest and the highest behind it. The ratio is ours divided
by the peer's. Behind the goal stands, in brackets, what was hoped for beyond it. In the pictures
every bar is the distance to the goal, on a logarithmic scale, whichever direction is the better."""

GROWING = f"""\
Each figure at the sizes above it, and the last one divided by the first. The goal is to stay below
{FLAT}: more history must not make the next event, page or rebuild of an event dearer."""

HOW = """\
- **In turn.** A repetition of the peer, then one of ours, after one of each that warms up and is
  not counted. Three repetitions count, fewer where a row would take longer than four minutes.
- **As durable.** SQLite with `synchronous=FULL` on both sides, PostgreSQL with `fsync` and
  `synchronous_commit` on; it is checked before anything is measured.
- **Right before fast.** Digests of all rows of all read tables are equal whether they were folded
  inline, in batches or by a rebuild; imports end in the same number of contacts and refused rows as
  the peer's; pages show the same people in the same order as the peer's, with the same count.
  A run whose results differ ends with an error.
- **Slow peers do less.** One transaction an event is as slow for 3,000 events as for a million: the
  peers of projections and rebuilds follow fewer events, and their rate is compared.
- **On SQLite** the peers of imports and pages stay on PostgreSQL, and the peer of rebuilds is
  `ProjectionRunner` on PostgreSQL: it cannot run on SQLite.
- **Memory** is the greatest resident memory of a process that does nothing else."""

WORKS = {
    "command": "Ours: validated commands (edit, tag, interaction, booking in turn), each decided, "
    "recorded and folded into all read models in one transaction. Peer: load an aggregate, rename "
    "it, save it; no claims, no read model.",
    "append": "Ours: validated `CreateContact` commands, decided in units of work, with the claims "
    "of their e-mails, read models not following. Peer: aggregates made and saved.",
    "projection": "Ours: list, tags, groups, statistics, timeline and bookings, 500 events a "
    "transaction. Peer: one table of names, one transaction an event.",
    "import": "Ours: `imports.import_file`, all read models following inline. Peer: `csv`, "
    "`clean_fields`, `bulk_create(update_conflicts=True)` and an interaction for each row, 1,000 "
    "rows a transaction, in tables with the indexes of list and search.",
    "kafka": "Ours: `BookingConsumer`, polls of up to 500 messages, each one transaction with all "
    "read models and the position. Peer: the contact got or created, its counters changed in "
    "place, an interaction, one transaction a message, no protection against duplicates. Both read "
    "the same messages from the same broker; joining the group is not measured.",
    "list": "Ours: `contact_list.page`, 50 contacts with groups and upcoming bookings, and the "
    "total. Peer: the ORM's query with an index in its order, the count, and a dictionary for each "
    "contact, without groups and upcoming bookings.",
    "search": "The same with a term: last names, frequent first names, words and domains, and "
    "terms that nobody has, of three letters or more. Peer: `icontains` over names, e-mail and "
    "company, with a trigram index.",
    "statistics": "Ours: `statistics.of`. Peer: the aggregates of the ORM over contacts, groups, "
    "interactions of 30 days and companies.",
    "growth": "Both projections are rebuilt at each size, then windows of events are appended and "
    "folded, 500 a batch, and queries are asked of the organizer that has a tenth of the contacts.",
    "rebuild": "Ours: the projection `contacts` (list, tags, groups, statistics), or all, with "
    "`activity` (timeline, bookings), from the first event to the head. Peer: as for the "
    "projection.",
}
"""Row -> what both sides do."""

LIMITS = {
    "command": "One commit of one transaction: the disk. Beyond it the number of statements: "
    "positions, claims, the event, and for each projection checkpoint, load and write. Each of "
    "them takes psycopg a tenth of a millisecond, and PostgreSQL another, SQLite a fifth of that.",
    "append": "Python: validating, deciding and encoding each event, and deriving its claims; the "
    "database takes many events at a time.",
    "projection": "Python: decoding events and folding them into two rows and a half each takes 50 "
    "microseconds an event. On SQLite writing comes on top, a third of the time; on PostgreSQL it "
    "goes on beside, and what is waited for are the trigrams of search.",
    "import": "All of it together in one thread of Python: reading phones, deciding, appending and "
    "folding take two thirds of the time of a row; half of the rest are the trigrams of search. "
    "The peer validates nothing, writes one row and one interaction, and keeps no history.",
    "kafka": "The same as a projection, and before it the write side: reading a message, loading "
    "and deciding, encoding the event and its claims, in one thread of Python.",
    "search": "The exact total. A page is found in a few milliseconds; counting who else matches a "
    "term that tens of thousands have takes as long as reading all of their index entries, and "
    "most terms of this mix are such. The peer counts by the same kind of index; on SQLite, ours "
    "is beside a figure that is no peer's.",
    "growth": "On SQLite, claims and the trigrams of search lie in the order of e-mails and of "
    "letters: every unit of work changes pages all over their trees, more of them the larger the "
    "tree is, and each changed page is written to the journal and again to the file. PostgreSQL "
    "writes only what changed of a page. Queries do not grow but for search, whose terms match ten "
    "times as many people.",
    "rebuild": "Python on one core: decoding an event takes 9 microseconds, folding and handing "
    "over its rows 20 to 35. Writing rows and building the indexes comes on top.",
}
"""Row -> what stands between it and a better figure."""
