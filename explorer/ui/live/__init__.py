"""The open run: the threads that follow it and ask its engine, and exports in a process of their own."""
