"""What screens, views and widgets share: keys, themes, sizes, settings, the queue of input, Textual's private names."""
