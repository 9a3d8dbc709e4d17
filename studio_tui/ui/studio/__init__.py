"""The Studio screen: layout, frame clock, status bar."""
