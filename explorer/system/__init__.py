"""What the system gives, and what it refuses: files, paths, places, memory, signals, text. It knows no runs.

Nothing here imports torch or a screen.
"""
