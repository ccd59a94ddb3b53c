"""What staff do when something is wrong: the support bundle, the reset, the way to another box.

Works on files and on a box that is off; what needs a running box is asked for over its own doors. Opens no database
itself: that is `store`'s.
"""
