"""Rows of questions, answers and the inbox."""
