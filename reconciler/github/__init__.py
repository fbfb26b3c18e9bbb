"""GitHub: the run of a workflow that we are in, and the REST API. The only place that knows it."""
