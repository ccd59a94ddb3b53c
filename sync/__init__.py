"""What travels between machines: DJ's laptop to box, box to cloud. One journal, one protocol, on both hops."""
