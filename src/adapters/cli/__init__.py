"""The command line `contacts`: thin entry points, settings -> command or query -> output."""
