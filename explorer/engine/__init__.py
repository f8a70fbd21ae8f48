"""The process that computes: data, training, evaluation, checkpoints, answers. torch, no Textual.

    lifecycle      takes a run, loads what it needs, trains it and records how it ended
    loop           the training loop
    control        pause, continue, stop, learning rate, probes
    server         the engine's end of the socket
    evaluations    when test samples are evaluated
    linger         answers a while longer once the training has ended
    read_only      an engine that only answers probes, about any run
    heavy          questions that take long, beside a training
    worker         the other processes of a training that torchrun starts
    prepare        what all of them do first: torch, device, data
    devices        device, threads, precision
    rng            random numbers that depend only on what they are for
    signals        how signals end a training
    record/        events, checkpoints and kept moments on disk, and resuming from them
    probes/        questions to the weights
    learning/      batches, one step, schedule, optimizer, health, evaluation
    data/          the data sets: sources, reading, downloading
    distributed/   torchrun's rank and group

`lifecycle.train` is the way in. It imports torch only after it has locked the run and recorded its state,
because that import takes seconds, and a viewer already wants to know what is going on.
"""
