"""The harness: pytest fixtures and assertions that read like sentences.

May import: web, client, expect and every room below.
"""
