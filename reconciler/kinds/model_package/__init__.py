"""Model packages: versions in a group, and unversioned packages."""
