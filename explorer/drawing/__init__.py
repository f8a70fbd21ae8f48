"""The cells as drawings: what is computed, and where it stands. Free of torch, and of any screen or printer.

plan       what a drawing is: operations, wires, labels, on a grid of a terminal's cells
lstm       the known cells, laid out by hand; also gru and rnn
layered    any other cell, laid out by what its run says that it computes: `layers`, then `routes`
table      which of these a cell has
strokes    where wires part and where they cross
numbers    the values on the wires; `reading` takes them from an answer
equations  in as few columns as there are
colours    the colour of each activation
"""
