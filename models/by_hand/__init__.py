"""A second implementation of the cells: the same forward equations, with derivatives by hand.

Autograd records about ten small kernels per timestep, and each allocates, copies and is called from Python
twice. Here a whole pass over the timesteps is one node of the graph. Milliseconds per step (batch 100, 28×28,
hidden 128, LSTM, one thread of an AMD EPYC with AVX-512; `gatescope bench` measures the step again):

    through autograd, the equations as written                           19.9
    by hand, with fresh memory and torch's tanh                          12.8
    memory reused from step to step, tanh x = 2 σ(2 x) - 1                9.5
    the weights' gradient computed transposed, in memory of its own       8.8
    products by oneDNN (13.9 with MKL's)                                  8.5

On an EPYC with AVX2 only and 512 KB of cache per core, where everything takes three times as long, compared
side by side:

    the above                                                            29.6
    MKL's products, each written into existing memory; the factors of
    the gates' derivatives side by side, so that one kernel multiplies
    four of them, one timestep at a time                                 25.3

Tried and dropped, with times on that machine: computing the derivatives in the forward pass, while everything
is in the cache (1.48 times the products alone, instead of 1.40); keeping gates and derivatives in the same
memory, a quarter less, and huge pages (no gain); a σ fused into oneDNN's product (312 µs; 308 for the two
apart); products padded to multiples of 16 (no gain). `torch.compile` of one timestep's equations: 232 µs in
the forward pass, where these kernels take 127, and 87 in the backward pass, where they take 85, after 24 s
the first time and 4 s each time after that.
"""
