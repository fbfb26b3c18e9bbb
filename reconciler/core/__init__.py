"""Pure values that every other layer speaks in: no I/O, no AWS, no YAML, no click."""
