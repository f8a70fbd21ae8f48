"""Between Textual and the terminal: only cells that differ are sent, and no faster than they are taken.

Textual writes to `driver`; `frame` turns its updates into cells; `grid` knows what the terminal shows and
what it should show; `pens` knows the colours, and the shortest way from one to the next; `writer` is the
thread that waits for the terminal; `pace` measures the line, and says how much may be sent.
"""
