"""Finding each other on the venue's network by multicast DNS (zeroconf only here).

`advertise` announces this box, `browse` finds boxes, `service` says what is announced, `echo` tests whether multicast
works at all. The announcement is public: it carries no secret, and nothing that is heard is believed further than an
address to try.
"""
