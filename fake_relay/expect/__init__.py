"""What should have arrived, and the verdict on what did, with near misses.

May import: store, query, match, records, items, config, protocol, errors.
"""
