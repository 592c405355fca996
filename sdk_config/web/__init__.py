"""Say of each request who asked and which it was, in whatever framework it is answered.

Rule: nothing that a client can write is believed: tokens are verified with a key or not read,
headers of identity count from trusted proxies only. The application's answers are not touched.
May import: capture, context, runtime; sentry_sdk.
"""
