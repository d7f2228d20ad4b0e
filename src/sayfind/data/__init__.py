"""Sets of recordings: reading them, making them noisy, and making them up."""
