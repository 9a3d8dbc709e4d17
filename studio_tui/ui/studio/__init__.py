"""The Studio screen: layout, frame clock, handlers of intents, status bar.

Imports the features that are panels; only `ui.app` imports it.
"""
