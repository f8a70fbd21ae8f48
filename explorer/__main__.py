"""`python -m explorer` is `gatescope`."""

from explorer.cli import main

main()
