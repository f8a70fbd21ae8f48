"""What a run is, on disk: its configuration, its events, its messages. No torch, no Textual.

A run is a folder:

    run.json       what was asked for (`config`)
    events.jsonl   what happened, one typed event a line (`events`, `writer`, `reader`)
    checkpoints/   the weights and the optimizer, *.safetensors
    exports/       pictures
    engine.lock    held by the engine while it lives (`lock`)
    engine.log     what the engine said outside of its events
"""
