"""The shared Sentry SDK configuration of a service; knows nothing of fake_relay."""
