"""The cells' second half: the same equations forwards, and their derivatives by hand.

Autograd records some ten small kernels a timestep, and each allocates, copies and is called from Python
twice. Here a whole pass over the timesteps is one node of the graph. In ms for a step (batch 100, 28×28,
hidden 128, LSTM, one thread of an AMD EPYC; `gatescope bench` measures it anew):

    through autograd, as the equations stand                             19.9
    by hand, products by torch                                           13.9
    by hand, products by oneDNN                                           8.5

On the way to the last one, each kept:

    by hand, with fresh memory and torch's tanh                          12.8
    memory that stays from step to step, tanh x = 2 σ(2 x) - 1            9.5
    the weights' gradient turned round, in memory of its own              8.8

Tried and dropped: a σ inside of the product (90 µs for 77, and a σ by itself takes 12), products padded to
multiples of 16 (no gain), the weights laid out anew for a single thread (it costs what it gains).
"""
