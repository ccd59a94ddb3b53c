"""The house player: what the floor's votes say of its taste, and which track comes next.

Pure numpy on values that are handed in; the same votes and the same seed give the same choice.
"""
