"""The autograd graph of a model as a picture.

span            how much of it: one cell step, some timesteps, all
trace           reads zeros with a copy of the model, and keeps what the cell computed
anatomy         finds the cell's activations, its timesteps and its memory's path in the graph
dot             has torchviz draw the graph as DOT, and dresses it (`style`)
graphviz        DOT to png, svg or pdf, by Graphviz in a process of its own (`layout_process`)
"""
