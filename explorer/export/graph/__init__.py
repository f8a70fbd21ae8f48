"""The autograd graph of a model as a picture.

span       how much of it: one cell step, some timesteps, all of them
trace      runs a copy of the model on zeros, and keeps what the cell computed
anatomy    finds the cell's activations, its timesteps and its memory's path in the graph
dot        lets torchviz draw the graph as DOT, and adds names and colours (`style`)
graphviz   DOT to png, svg or pdf, by Graphviz in a process of its own (`layout_process`)
"""
