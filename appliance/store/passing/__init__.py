"""How a stage passes from DJ to DJ."""
