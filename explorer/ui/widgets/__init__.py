"""The parts that screens and views are made of."""
