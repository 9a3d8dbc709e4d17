"""Text that is safe and fits: sanitising, cell widths, formats, semantic spans. No I/O, no Textual."""
