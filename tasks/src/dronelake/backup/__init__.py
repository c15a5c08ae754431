"""Backups of the database: `dronelake backup` takes one, `dronelake restore` puts one in the database's place."""
