"""Between Textual and the terminal: only cells that differ are sent, and no faster than they are taken.

`driver` is what Textual writes to; `grid` knows what the terminal shows and what it should show; `pens`
the colours, and the shortest way from one to the next; `writer` the thread that waits for the terminal;
`budget` how much may move by itself.
"""
