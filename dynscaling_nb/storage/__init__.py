"""Runs on disk: a store in SQLite, and responses as Parquet."""
