"""The Studio screen: layout, frame clock, titles, the rows around the panels."""
