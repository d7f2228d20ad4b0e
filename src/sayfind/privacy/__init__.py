"""What is owed to the people who speak: found, taken out, locked away, given back, forgotten."""
