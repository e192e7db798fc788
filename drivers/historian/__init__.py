"""History: SQLite by default, PostgreSQL when configured."""
