"""`python -m adapters.cli` is the program `contacts`."""

from adapters.cli.main import main

main()
