"""Placeholder until the memory store is built."""


class MemoryStore: ...
