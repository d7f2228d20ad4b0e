"""One file per trained model; each is a function of a frozen configuration."""
