"""What a log of shoppers teaches: a simulation over what the recogniser really hears."""
