"""What tests share: a clock to turn, evenings to start from, real boxes on loopback."""
