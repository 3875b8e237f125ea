"""Import and export: address books of other programs become commands, ours becomes files."""
