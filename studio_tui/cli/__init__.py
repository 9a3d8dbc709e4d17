"""The command line face: the same verbs as the studio, on stdout. No Textual."""
