"""What correction mends and breaks, part by part and beside simpler ways, on the same n-best."""
