"""From manifests and AWS to a plan, and from a plan to a report. Kinds are passed in."""
