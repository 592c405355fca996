"""Scenarios: drive an SDK configuration and prove what left the process."""
