"""The catalogue service: STAC API and OGC API Features over the lake's database, which it only reads."""
