"""Anonymised usage: counted in batches, released in fixed periods, shown to the council."""
