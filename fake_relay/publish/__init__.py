"""Who hears of it: subscribers of what was committed.

May import: records, config, protocol, errors.
"""
