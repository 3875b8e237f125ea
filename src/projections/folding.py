"""One batch of events folded into the rows of one projection, set-wise: load, fold, write."""

from collections.abc import Sequence

import sqlalchemy.exc
from sqlalchemy import Connection

from contacts_domain.event_schema import RecordedEvent
from projections.driver_sql import savepoint
from projections.fold import (
    Changes,
    Counter,
    Difference,
    Membership,
    RowFold,
    add_to_counters,
    fold_events,
    membership_changes,
    summed_differences,
    touches_of,
)
from projections.generations import GenerationTables


def fold_batch(
    connection: Connection, tables: GenerationTables, events: Sequence[RecordedEvent]
) -> None:
    """Load, fold and write all rows of one projection that a batch touches."""
    for fold in tables.projection.folds:
        touches = touches_of(fold, events)
        if touches:
            rows = tables.rows_of(fold)
            keys = dict.fromkeys(key for key, _ in touches)
            changes = Changes(rows.load(connection, [*keys]))
            fold_events(fold, touches, changes)
            rows.write(connection, changes)
            _write_derived(connection, tables, fold, [*changes.differing()])


def _write_derived(
    connection: Connection, tables: GenerationTables, fold: RowFold, changed: Sequence[Difference]
) -> None:
    for part in tables.projection.parts:
        match part:
            case Membership(of=of) if of is fold:
                rows = tables.rows_of(part)
                rows.write(connection, membership_changes(part, rows.key_names, changed))
            case Counter(of=of) if of is fold:
                sums = summed_differences(part, changed)
                if sums:
                    rows = tables.rows_of(part)
                    counted = Changes(rows.load(connection, list(sums)))
                    add_to_counters(rows.key_names, sums, counted)
                    rows.write(connection, counted)
            case _:
                pass


def failure_of_folding(
    connection: Connection, tables: GenerationTables, events: Sequence[RecordedEvent]
) -> Exception | None:
    """Fold in a savepoint; the projector's failure, if any, with nothing of the batch left.

    Raises the database's own failures, which are no fault of a projector.
    """
    try:
        with savepoint(connection):
            fold_batch(connection, tables, events)
    except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError) as error:
        return error  # a row that the database refuses is the projector's doing
    except sqlalchemy.exc.DBAPIError:
        raise
    except Exception as error:  # a projector may fail in any way; all of them are parked
        return error
    return None
