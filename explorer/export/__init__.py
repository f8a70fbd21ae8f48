"""Exports: a run's model as a file.

    graph/     the autograd graph of a model, as a picture
    names      formats, names of files, and the checks before anything is drawn
    fonts      the font of every picture's text
    write      from a model to a file, written whole or not at all
    command    from a run's folder to a picture of its model

`command` and `names` don't import torch until there is something to draw.
"""
