"""From a JSON schema to fields, values and checks; the form of run options.

No input or output, no asyncio.
"""
