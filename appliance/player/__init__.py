"""The house player: plays songs on this machine, one into the next, and tells what is really heard.

Owns mpv (the only place that starts it) and the songs kept beside it. It plays on whatever becomes of the box, and mpv
plays on whatever becomes of the player.
"""
