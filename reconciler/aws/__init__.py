"""The only way to AWS: sessions per environment, calls, and their failures classified."""
