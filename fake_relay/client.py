"""A reader over HTTP, for the command line and for tests in other processes.

May import: store's Protocols, expect, records and below.
"""
