"""From the photos of one flight to one Cloud Optimized GeoTIFF that is where the flight was.

`engine` is the interface, `sfm`, `gdal` and `odm` are behind it, `gate` decides for all of them whether the result is
an orthophoto, and `command` brings photos and results from and to the object store.
"""
