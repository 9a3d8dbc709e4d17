"""The store screen and the editing of items."""
