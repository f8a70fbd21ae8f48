"""`python -m explorer` runs `gatescope`."""

from explorer.cli import main

main()
