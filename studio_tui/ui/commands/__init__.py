"""Every command of the UI, declared once: keys, key bar, palette, `:` prompt, help and the README derive from it."""
