"""Plans, reports and problems as text and as JSON. Pure functions; nothing here prints."""
