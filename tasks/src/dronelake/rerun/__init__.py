"""The same work done again from its recorded versions, held against what was recorded; the lake is only read."""
