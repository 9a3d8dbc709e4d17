"""Screens and dialogs: what stands where, and what the intents of widgets lead to."""
