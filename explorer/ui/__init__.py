"""The screen: Textual, and never torch.

    base/      what the other rooms share: keys, themes, settings, the queue of input, Textual's private names
    terminal/  between Textual and the terminal: sends only the cells that differ
    widgets/   the parts of screens and views: lines, lists, fields, colours
    views/     the panels of the main screen: curves, gates, confusion matrix
    live/      the open run: a thread that follows it, a thread that asks its engine, and exports
    screens/   the main screen and the dialogs over it
    app        the program itself; `signals` has it leave on a signal

Each room imports only those above it. Data flows one way, from events to a snapshot to paint:
`live.follower` reads a run's events and takes a snapshot, `live.link` asks the engine; both post messages.
The main screen hands what they carry to its views, and each view repaints the lines that differ.
"""
