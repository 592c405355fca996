"""Forwarding: what leaves for an upstream, when, in which form, and what became of it.

Rule: store first, forward after. The room's parts are pure and take time and dice as arguments;
only `loop` and `wire` are async, and only the web imports those.
May import: store, stored_view, query, pipeline, records, items, config, protocol, errors.
"""
