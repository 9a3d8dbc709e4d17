"""The Studio screen: layout, frame clock, handlers of intents, status bar."""
