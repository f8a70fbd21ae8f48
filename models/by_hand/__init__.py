"""A second implementation of the cells: the same forward equations, with derivatives by hand.

Autograd records about ten small kernels per timestep, and each allocates, copies and is called from Python
twice. Here a whole pass over the timesteps is one node of the graph (`node`), whose memory is reused (`tape`)
and whose products go to the faster library (`products`). What isn't asked for isn't computed: no copy of the
hidden states for a reader of the last one, no gradient for outputs that were dropped, none for an x or an
initial state that needs none.

Milliseconds per step (batch 100, 28×28, hidden 128, LSTM, one thread of an AMD EPYC with AVX-512;
`gatescope bench` measures the step again):

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

Those factors are no longer kept: each derivative replaces its gate, and what it needs is computed again. That
takes as long or 5 % less, 5 % less without a backward pass, and 18 % less memory (GRU 23 %).

With two threads the products take 0.6 of the time there, and what lies between them doesn't get shorter: a
block of one timestep has B · H numbers, 12,800 here, and torch divides a kernel among threads from 32,768
on, so only the σ of all gates is divided. Where other programs want the same cores, waiting costs far more:
after each of the 84 divisions of a step, threads of OpenMP wait for each other in a busy loop. A step of 20
ms took 270 to 1,330 ms on two cores with a load of 10, and 22 ms with `GOMP_SPINCOUNT=0`, where a waiting
thread sleeps. `nn.LSTM` and the products alone suffer in the same way.

Tried and dropped, with times on that machine: computing the derivatives in the forward pass, while
everything is in the cache (1.48 times the products alone, instead of 1.40); huge pages (no gain); a σ fused
into oneDNN's product (312 µs; 308 for the two apart); products padded to multiples of 16 (no gain).
`torch.compile` of one timestep's equations: 232 µs in the forward pass, where the kernels took 127, and 87
in the backward pass, where they took 85, after 24 s the first time and 4 s each time after that. With two
threads: kernels in halves, so that all between the products stays on one core (1.0 to 1.1 times the time,
on a busy machine); half of the batch on each thread (the same at hidden 128 and 512, twice the time at 32).
"""
