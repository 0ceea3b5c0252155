"""From rule files to a `PolicySet`: reading with positions, validating, building, compiling."""
