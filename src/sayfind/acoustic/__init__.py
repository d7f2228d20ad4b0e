"""From sound to readings: one adapter file for each recogniser."""
