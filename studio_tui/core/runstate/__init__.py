"""How a `RunState` comes to be: fold of events, merge of checkpoints, settling at the end, phases, past runs."""
