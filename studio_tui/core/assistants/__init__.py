"""The catalog of assistants, their versions, the form of one."""
