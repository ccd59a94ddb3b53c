"""Where plays come from: one module for each DJ program, all behind the interface in `source`.

A module knows one program's files or its protocol and nothing else: what is announced, when, and under which words is
decided elsewhere, from what all sources say together.
"""
