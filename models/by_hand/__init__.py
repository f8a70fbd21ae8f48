"""The cells' second half: the same equations forwards, and their derivatives by hand.

Autograd records some ten small kernels a timestep, and each allocates, copies and is called from Python
twice. Here a whole pass over the timesteps is one node of the graph. What that brought, in ms for a step
(batch 100, 28×28, hidden 128, LSTM, one thread of an AMD EPYC 9005; `gatescope bench` measures it anew):

    through autograd, as the equations stand           19.7
    one node, derivatives by hand, torch's products     14.9   kept
    products by oneDNN (2× MKL's speed on this AMD)     12.8   kept
    buffers that stay from step to step                  -     kept, with what follows
    tanh x = 2 σ(2 x) - 1: torch's tanh takes 7× σ's time  9.6  kept, with the doubling in the weights
    weights packed once for all timesteps, and the weights' gradient
    from one product over all of them, the smaller factor turned round

Tried and dropped: a sigmoid inside of the product (no gain), one block of memory for each gate (the
products would be four), padding the products to multiples of 16 (no gain).
"""
