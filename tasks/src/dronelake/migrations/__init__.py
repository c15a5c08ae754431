"""The database's migrations: pgSTAC's own and those of the schema `detections`."""
