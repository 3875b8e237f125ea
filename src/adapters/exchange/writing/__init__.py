"""Writing contacts into files that people and programs read: CSV, XLSX, vCards, JSON lines."""
