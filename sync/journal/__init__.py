"""The journal's protocol: entries and their chain, batches, answers, what a sender and a receiver decide. Pure.

One sender has one history: numbered entries under an epoch, each bound to all before it by a running SHA-256. A batch
says after which entry it begins and what the chain was there; an answer says up to which entry everything is durable.
So an answer that is lost costs a repetition and never a loss, and two histories that grew apart (a restored copy, a
cloned card) are noticed and never mixed. Nothing here reads a file, a socket or a clock.
"""
