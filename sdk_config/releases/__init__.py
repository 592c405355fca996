"""Releases: names that Sentry can order, where a name comes from, and what happens to one.

Rule: no name is better than a vague one; nothing here changes the process environment.
May import: errors; files for events of releases also setup's runtime.
"""
