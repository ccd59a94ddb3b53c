"""Accounts and their logins in the store."""
