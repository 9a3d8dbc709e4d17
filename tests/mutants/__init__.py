"""A fixed list of small errors put into the program, and the tests that must notice each: `make mutants`."""
