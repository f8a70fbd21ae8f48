"""`python -m explorer` runs `gatescope`."""

from explorer.start import main

main()
