"""Exports: what can be taken away from a run, as a file. `EXPORTS` lists them.

    graph/     the autograd graph of a model, as a picture
    figures/   an answer as a picture
    names      formats, names of files, and the checks before anything is drawn
    fonts      the font of every picture's text
    wanted     what was asked for
    write      a file, written whole or not at all
    picture    from a model to a picture of its graph
    command    from a run's folder to that picture
    data       from an answer to a file's content: json, csv, npz
    answer     from a run's folder and a question to a file with the answer

`command`, `answer` and `names` import neither torch nor matplotlib until there is something
to ask or to draw.
"""
