"""What is common to everything that is listed from a server. Imports no other room of `core`."""
