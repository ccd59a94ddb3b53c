"""`./box screenshots FOLDER`: every kind of page of a filled evening as pictures, for eyes."""
