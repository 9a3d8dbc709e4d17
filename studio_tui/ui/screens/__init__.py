"""The screens to build on: a page over the Studio screen, a value in full, a management view."""
