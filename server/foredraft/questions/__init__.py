"""What may be asked about a snapshot, and how each answer is judged: pure."""
