"""A run on the workers of a Dask cluster, which may be on many machines."""
