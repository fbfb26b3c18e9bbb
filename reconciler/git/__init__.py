"""What Git knows about the manifests. The only place that uses GitPython, and only to read."""
