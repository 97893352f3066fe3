"""The exercises themselves, one subject per file."""
