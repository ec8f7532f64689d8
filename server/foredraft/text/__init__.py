"""Documents, edits and their history: pure values and their laws."""
