"""What may be learned, kept and sent: ignore rules and secrets."""
