"""What the other rooms share: keys, themes, sizes, settings, the queue of input, Textual's private names."""
