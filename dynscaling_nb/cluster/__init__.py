"""A run on many machines, on the workers of a Dask cluster."""
