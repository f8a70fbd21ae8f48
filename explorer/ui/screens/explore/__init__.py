"""The main screen: its parts, what its keys do, and what it does with messages."""
