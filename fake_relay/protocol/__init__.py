"""What the wire says: DSNs, credentials, content codings, envelopes, categories, outcomes.

Everything here is pure: bytes and text in, records out; no I/O, no clock, no dice.
May import: errors, the standard library, msgspec and decompressors.
"""
