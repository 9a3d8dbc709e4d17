"""What features build on: a page over the Studio screen, a value in full, a management view, a tab of panel 3."""
