"""The command line: arguments -> public API -> text; no logic.

May import: web, client, expect and every room below.
"""
