"""Cross-account policies: one manifest kind, rendered into every document that must agree."""
