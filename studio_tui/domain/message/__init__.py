"""Messages: reading them, growing them chunk by chunk.

No input or output, no asyncio.
"""
