"""Fills the read tables of a PostgreSQL address book with a million contacts, 100,000 of them of
one organizer, by plain SQL: far faster than by events, and the same rows for all queries."""

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
    "activity_counts_1",
    "bookings_1",
)

_PEOPLE = """
CREATE FUNCTION pg_temp.chance(n integer, kind bigint) RETURNS bigint IMMUTABLE LANGUAGE sql
    RETURN hashint4extended(n, kind) & 2147483647;
CREATE TEMP TABLE firsts AS SELECT * FROM unnest(%(first)s::text[]) WITH ORDINALITY AS _(first, f);
CREATE TEMP TABLE lasts AS SELECT * FROM unnest(%(last)s::text[]) WITH ORDINALITY AS _(last, l);
CREATE TEMP TABLE firms AS
    SELECT * FROM unnest(%(companies)s::text[]) WITH ORDINALITY AS _(company, c);
CREATE TEMP TABLE owners AS SELECT *
FROM unnest(%(organizers)s::text[], %(active)s::text[], %(inactive)s::text[])
    WITH ORDINALITY AS _(organizer_id, active, inactive, o);
CREATE TEMP TABLE people AS
SELECT *, concat(first, '.', last, n, '@', domain) AS email,
    CASE WHEN is_inactive THEN inactive ELSE active END AS mark,
    array_remove(ARRAY[CASE WHEN t %% 10 < 3 THEN 'customer' END,
                       CASE WHEN t %% 101 = 0 THEN 'vip' END,
                       CASE WHEN t %% 2003 = 0 THEN 'rare' END], NULL) AS tags,
    CASE WHEN g %% 5 = 0 THEN md5(concat(organizer_id, g / 5 %% 2))::uuid
         WHEN g %% 1009 = 1 THEN md5(concat(organizer_id, 2))::uuid END AS group_id
FROM (
    SELECT n, h, pg_temp.chance(n, 1) AS t, pg_temp.chance(n, 2) AS g, h %% 20 = 3 AS is_inactive,
        ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS contact_id,
        CASE WHEN h %% 7 = 0 THEN h %% 13 ELSE 0 END AS bookings,
        timestamptz '2026-01-01' + n * interval '7 seconds' AS at,
        (%(domains)s::text[])[1 + pg_temp.chance(n, 3) %% 5] AS domain,
        1 + pg_temp.chance(n, 4) %% 50 AS f, 1 + pg_temp.chance(n, 5) %% 3010 AS l,
        1 + pg_temp.chance(n, 6) %% 1200 AS c,
        CASE WHEN n %% 10 = 0 THEN 1 ELSE 2 + n / 10 %% 900 END AS o
    FROM (SELECT n, pg_temp.chance(n, 0) AS h FROM generate_series(1, %(count)s) AS n) AS numbers
) AS chosen JOIN firsts USING (f) JOIN lasts USING (l) LEFT JOIN firms USING (c)
    JOIN owners USING (o);
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
INSERT INTO timeline_1 SELECT contact_id, md5(concat(n, k))::uuid, organizer_id, 'note_added',
    'Called', at + k * interval '1 hour', 0, NULL, '', 'test', '{}'
FROM people, generate_series(1, CASE h %% 100 WHEN 0 THEN 20 ELSE h %% 2 * 2 END) AS k;
INSERT INTO activity_counts_1
SELECT organizer_id, date_trunc('hour', occurred_at, 'UTC'), count(*) FROM timeline_1 GROUP BY 1, 2;
INSERT INTO bookings_1 SELECT organizer_id, 'bk-' || n, email, contact_id, 'created', 'Call',
    at, NULL, 'UTC', '', '', '', at, 0, n::text, 'test'
FROM people WHERE bookings > 0;
"""


def fill(url: str, contacts: int = CONTACTS) -> None:
    """Put the million, or fewer, into an empty address book, with all that is counted from it."""
    organizers = [BIG, *(f"organizer-{number}" for number in range(900))]
    values = {
        "first": list(FIRST_NAMES),
        "last": list(LAST_NAMES),
        "companies": list(COMPANIES),
        "domains": list(DOMAINS),
        "organizers": organizers,
        "active": [belongs_to(each, is_active=True) for each in organizers],
        "inactive": [belongs_to(each, is_active=False) for each in organizers],
        "count": contacts,
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
    connection.execute("SET maintenance_work_mem = '512MB'")
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
    for table in BIG_TABLES:
        connection.execute(f"ALTER TABLE {table} SET UNLOGGED, SET (autovacuum_enabled = off)")
    return sorted((str(row[1]) for row in found), key=lambda each: "USING gin" not in each)
