"""The contracts of questions, and what they say."""
