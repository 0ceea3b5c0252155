"""The command line: one file a verb, loaded when it is asked for. `main.py` has the list."""
