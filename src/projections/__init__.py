"""The read side: read models (table, projector and query each) and the engine that follows the
log, catches up and rebuilds. A projector is a fold; the same fold runs live and in a rebuild."""
