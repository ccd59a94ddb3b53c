"""Where the evening is kept: SQLite, and a twin in memory for tests. The only SQL of the box is in this folder."""
