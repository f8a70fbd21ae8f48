"""The data sets: where they come from, how their files are read, and what they contain."""
