"""Everything that can go wrong between a box and the cloud, with real processes on both sides and a real PostgreSQL."""
