"""Web Push: what boxes meant to tell reaches the phones it is meant for, in time or not at all.

Here because it needs the internet and keys that no box may hold. `intents`, `endpoints` and `answers` are pure;
`letters` seals, `posting` sends, `rounds` decides who gets what when.
"""
