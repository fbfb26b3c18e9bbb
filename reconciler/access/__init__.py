"""Whether a principal can use a version, who can do what, and what the reconciler itself needs."""
