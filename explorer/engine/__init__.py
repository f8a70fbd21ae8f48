"""The process that computes: data, training, evaluation, checkpoints, answers. torch, no Textual.

`session` is the way in. It imports torch only once the run is marked as taken, because that import
takes seconds in which a viewer already wants to know what goes on.
"""
