"""The cells' second half: the same equations forwards, and their derivatives by hand.

Autograd records some ten small kernels a timestep, and each allocates, copies and is called from Python
twice. Here a whole pass over the timesteps is one node of the graph. In ms for a step (batch 100, 28×28,
hidden 128, LSTM, one thread of an AMD EPYC with AVX-512; `gatescope bench` measures it anew):

    through autograd, as the equations stand                             19.9
    by hand, with fresh memory and torch's tanh                          12.8
    memory that stays from step to step, tanh x = 2 σ(2 x) - 1            9.5
    the weights' gradient transposed round, in memory of its own              8.8
    products by oneDNN (13.9 with MKL's)                                  8.5

On one with AVX2 alone and 512 KB of cache a core, where all of it takes three times as long, side by side:

    the above                                                            29.6
    MKL's products, each into memory that is there; what the gates'
    derivatives are multiplied with side by side, so that one kernel
    takes four of them, a timestep at a time                             25.3

Tried and dropped, with their times there: the derivatives on the way ahead, while all is in the cache (1.48
times the products alone, in place of 1.40); gates and derivatives in one memory, a quarter less, and huge
pages (no gain); a σ inside of oneDNN's product (312 µs; 308 for both apart); products padded to multiples
of 16 (no gain). `torch.compile` of the equations of a timestep: 232 µs ahead where these kernels take 127,
and 87 back where they take 85, after 24 s the first time and 4 s each time after.
"""
