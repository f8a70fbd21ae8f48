"""The cells as drawings: what is computed, and where it stands. Free of torch, and of any screen or printer.

plan       what a drawing is: operations, wires, labels, on a grid of a terminal's cells
lstm, gru, rnn   the known cells, laid out by hand
layered    any other cell, laid out by what its run says that it computes
table      which of these a cell has
strokes    where wires meet and where they cross
numbers    the values on the wires
colours    the colour of each activation
"""
