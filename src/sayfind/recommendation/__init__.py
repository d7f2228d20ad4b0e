"""What somebody may like next, what goes with what, and what they are likely to say."""
