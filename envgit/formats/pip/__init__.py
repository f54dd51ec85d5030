"""What pip reads and writes: requirements, and what it says of itself as JSON."""
