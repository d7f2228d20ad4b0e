"""What shoppers did with the answers: kept, judged for honesty, and read for what it teaches."""
