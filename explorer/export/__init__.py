"""The autograd graph of a run's model, as a picture in a file.

    span       how much of it: one cell step, some rows, all rows
    traced     reads zeros with a copy of the model, and keeps what the cell computed
    anatomy    finds the cell's activations, its rows and its memory's path in the graph
    graph      has torchviz draw the graph, and dresses it (`style`), as DOT
    render     DOT to png, svg or pdf; Graphviz (`layout`) in a process of its own
    names      what a file may be called, and is called by default
    picture    all of it, from a model to a file
    command    from a run's folder to its model's picture

`command`, `span`, `names`, `render` and `layout` import no torch until there is something to draw.
"""
