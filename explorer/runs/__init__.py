"""A run on disk: its configuration, its events, and what a viewer derives from them. No torch, no Textual.

A run is a folder (`folder`):

    run.json       what was asked for (`config`, `recipes`)
    events.jsonl   what happened, one typed event per line (`events`, `writer`, `reader`)
    checkpoints/   the weights and the optimizer, *.safetensors
    moments/       weights kept as the run went, *.safetensors
    exports/       pictures and numbers
    engine.lock    held by the engine while it lives (`lock`)
    engine.log     what the engine prints besides its events

What a viewer shows is derived from the events: `history` with its lines (`series`, the extremes of any
stretch in `blocks`, exponential means in `smoothing`, as many points as a plot has columns in `decimate`),
what happened (`marks`), what is wrong (`verdict`), from where a run that diverged can go on (`last_good`),
and `snapshot`, the run as it was last read. `notes` are a person's own. `catalogue` creates, lists and
finds runs, also in the folders that `known_folders` remembers; `summary` makes the entries of a list of
runs. `launch` starts an engine. `requirements` refuses what this machine certainly can't train, and
`data_files` names the files of the data sets.
"""
