"""A stage's poster as a PDF of one sheet (reportlab only here).

Drawn by a process of its own, `making`, so that nothing of fonts and pictures stays in the server's memory and no phone
waits meanwhile. Letters are the DejaVu fonts in `fonts`, embedded into each sheet; codes are vectors.
"""
