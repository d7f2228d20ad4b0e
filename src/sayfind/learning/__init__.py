"""From a log of events to what a shop has learnt, if it is better than what it knows already."""
