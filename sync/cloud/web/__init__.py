"""The cloud's HTTP side: thin routes for boxes and for people, each of them parse, call, answer."""
