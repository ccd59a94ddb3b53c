"""The cloud's database and the only SQL of the cloud: schema steps, named statements, PostgreSQL and SQLite."""
