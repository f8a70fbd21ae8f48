"""The screen: Textual, and never torch.

Data flows one way: a `follower` thread reads a run's events and derives a view, `link` asks the
engine; both post messages, the screen hands them to its widgets, and each widget paints the lines
that differ.
"""
