"""STAC items for flights, orthophotos, models and results: built, validated offline, loaded into pgSTAC."""
