"""The only writers of standard output and standard error, and the lines that several commands print.

Imports no other room of `cli`.
"""
