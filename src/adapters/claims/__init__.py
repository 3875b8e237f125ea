"""Claims against the log: recomputed, compared, mended."""
