"""From files to typed manifests: reading, strict YAML, shapes and references."""
