"""What screens, views and widgets share: keys, themes, sizes, and Textual's private names."""
