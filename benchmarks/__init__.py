"""What fake-relay costs, measured beside a bare aiohttp handler in the same run.

Only ratios within one run mean anything; nothing here is a test and no test reads it.
May import: fake_relay, and nothing in fake_relay imports this.
"""
