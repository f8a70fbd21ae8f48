"""Writing what a run can give to a file.

    graph/     the autograd graph of its model, as a picture
    names      what a file may be called, and is called by default
    write      from a model to a file, whole or not at all
    command    from a run's folder to its model's picture

`command` and `names` import no torch until there is something to draw.
"""
