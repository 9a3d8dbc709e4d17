"""Rows of spans, outlines, documents, growing text, signs.

Imports no other room of `present`.
"""
