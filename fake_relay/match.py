"""Matchers as values: one language for expectations, faults and alerts.

May import: records, items, config, protocol, errors.
"""
