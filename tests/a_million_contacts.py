"""Fills the read tables of a PostgreSQL address book with a million contacts, 100,000 of them of one
organizer, by plain SQL: far faster than by events, and the same rows for all that queries see."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from projections.search_text import belongs_to
from tests.servers.postgres import driver_url

CONTACTS = 1_000_000
BIG = "big"
"""Has every tenth contact; 900 others have 1,000 each."""
FIRST_NAMES = tuple(
    stem + ending
    for stem in ("ada", "grace", "joan", "maria", "wei", "olu", "ivan", "zoe", "lars", "nina")
    for ending in ("", "lyn", "nne", "belle", "o")
)
_SYLLABLES = tuple(c + v for c in "bcdfgklmnprstv" for v in "aeiou")
LAST_NAMES = tuple(
    a + _SYLLABLES[(7 * n) % 70] + _SYLLABLES[(11 * n + 3) % 70]
    for n, a in enumerate(_SYLLABLES * 43)
)
COMPANIES = tuple(f"{name} {kind}" for name in LAST_NAMES[:300] for kind in ("gmbh", "ltd", "inc"))
DOMAINS = ("mail.example", "post.example", "example.org", "work.example", "home.example")
BIG_TABLES = (
    "contact_list_1",
    "booking_totals_1",
    "contact_tags_1",
    "contact_groups_1",
    "timeline_1",
    "bookings_1",
)

_PEOPLE = """
CREATE TEMP TABLE people AS
SELECT *, concat(first, '.', last, n, '@', domain) AS email
FROM (SELECT n, h, organizer_id, marks[1 + (h %% 20 = 3)::int] AS mark, h %% 20 = 3 AS is_inactive,
    ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS contact_id,
    (%(first)s::text[])[1 + h %% 50] AS first, (%(last)s::text[])[1 + h %% 3010] AS last,
    CASE WHEN h %% 4 > 0 THEN (%(companies)s::text[])[1 + h %% 900] END AS company,
    (%(domains)s::text[])[1 + h %% 5] AS domain,
    CASE WHEN h %% 7 = 0 THEN h %% 13 ELSE 0 END AS bookings,
    timestamptz '2026-01-01' + n * interval '7 seconds' AS at,
    array_remove(ARRAY[CASE WHEN h %% 10 < 3 THEN 'customer' END,
                       CASE WHEN h %% 101 = 0 THEN 'vip' END,
                       CASE WHEN h %% 2003 = 0 THEN 'rare' END], NULL) AS tags,
    CASE WHEN h %% 5 = 0 THEN md5(organizer_id || h %% 2)::uuid
         WHEN h %% 1009 = 1 THEN md5(organizer_id || 2)::uuid END AS group_id
FROM (SELECT n, (n::bigint * 2654435761 >> 8) %% 1000003 AS h,
             CASE WHEN n %% 10 = 0 THEN 1 ELSE 2 + n / 10 %% 900 END AS which
      FROM generate_series(1, %(count)s) AS n) AS numbers,
    LATERAL (SELECT (%(organizers)s::text[])[which] AS organizer_id,
             ARRAY[(%(active)s::text[])[which], (%(inactive)s::text[])[which]] AS marks) AS owners) AS people;
"""

_LISTS = """
INSERT INTO contact_list_1 SELECT contact_id, n, organizer_id, email, email, initcap(first),
    initcap(last), '', NULL, coalesce(initcap(company), ''), '', '', to_json(tags)::text,
    CASE WHEN group_id IS NULL THEN '[]' ELSE json_build_array(group_id)::text END,
    NOT is_inactive, false, at, at, last || E'\\t' || first, company,
    concat(mark, E'\\n', first, ' ', last, E'\\n', last, ' ', first, E'\\n', email, E'\\n',
        company, E'\\n', word, left(first, 2), word, left(last, 2), word, left(domain, 2),
        word, 'ex', word || left(company, 2), word || left(split_part(company, ' ', 2), 2))
FROM people, (SELECT %(word)s::text AS word) AS words;
INSERT INTO booking_totals_1 SELECT contact_id, organizer_id, bookings, bookings / 2, bookings / 4,
    CASE WHEN bookings > 0 THEN at END FROM people;
INSERT INTO contact_tags_1 SELECT organizer_id, tag, contact_id, tag
FROM people, unnest(tags) AS tag;
INSERT INTO contact_groups_1 SELECT organizer_id, group_id, contact_id
FROM people WHERE group_id IS NOT NULL;
INSERT INTO tag_counts_1 SELECT organizer_id, tag_key, count(*) FROM contact_tags_1 GROUP BY 1, 2;
INSERT INTO group_counts_1 SELECT group_id, count(*) FROM contact_groups_1 GROUP BY 1;
INSERT INTO groups_1
SELECT md5(concat(organizer_id, place - 1))::uuid, organizer_id, name, name, name, '', ''
FROM unnest(%(organizers)s::text[]) AS organizer_id,
    unnest(ARRAY['even', 'odd', 'few']) WITH ORDINALITY AS named(name, place);
INSERT INTO companies_1 SELECT organizer_id, company, count(*) FROM people
WHERE company IS NOT NULL AND NOT is_inactive GROUP BY 1, 2;
INSERT INTO statistics_1 SELECT organizer_id, count(*), count(*) FILTER (WHERE NOT is_inactive),
    sum(bookings), sum(bookings / 2), sum(bookings / 4) FROM people GROUP BY 1;
"""

_ACTIVITY = """
INSERT INTO timeline_1 SELECT contact_id, md5(concat(n, k))::uuid, organizer_id, 'note', 'Called',
    at + k * interval '1 hour', 0, NULL, '', 'test', '{}'
FROM people, generate_series(1, CASE WHEN h %% 100 = 0 THEN 20 WHEN h %% 2 = 0 THEN 2 ELSE 0 END) AS k;
INSERT INTO bookings_1 SELECT organizer_id, 'bk-' || n, email, contact_id, 'created', 'Call',
    at, NULL, 'UTC', '', '', '', at, 0, n::text, 'test'
FROM people WHERE bookings > 0;
"""


def fill(url: str) -> None:
    """Put the million into an empty address book, with everything that is counted from it."""
    organizers = [BIG, *(f"organizer-{number}" for number in range(900))]
    values = {
        "first": list(FIRST_NAMES),
        "last": list(LAST_NAMES),
        "companies": list(COMPANIES),
        "domains": list(DOMAINS),
        "organizers": organizers,
        "active": [belongs_to(each, is_active=True) for each in organizers],
        "inactive": [belongs_to(each, is_active=False) for each in organizers],
        "count": CONTACTS,
        "word": "\ue001\ue000",
    }
    with _connected(url) as connection:
        indexes = _drop_indexes(connection)
        for statements in (_PEOPLE, _LISTS, _ACTIVITY):
            for statement in statements.split(";\n")[:-1]:
                connection.execute(statement, values)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda statement: _run(url, statement), indexes))
    _run(url, "VACUUM ANALYZE")


def _connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(driver_url(url), autocommit=True)
    connection.execute("SET search_path = contacts, public")
    connection.execute("SET maintenance_work_mem = '256MB'")
    connection.execute("SET work_mem = '64MB'")
    return connection


def _run(url: str, statement: str) -> None:
    with _connected(url) as connection:
        connection.execute(statement)


def _drop_indexes(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """What makes them again, the most expensive first."""
    found = connection.execute(
        "SELECT indexname, indexdef, conname, tablename FROM pg_indexes LEFT JOIN pg_constraint "
        "ON conname = indexname AND contype = 'p' "
        "WHERE schemaname = 'contacts' AND tablename = ANY(%s)",
        [list(BIG_TABLES)],
    ).fetchall()
    for index, _definition, constraint, table in found:
        connection.execute(
            f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
            if constraint
            else f"DROP INDEX {index}"
        )
    return sorted((str(row[1]) for row in found), key=lambda each: "USING gin" not in each)
