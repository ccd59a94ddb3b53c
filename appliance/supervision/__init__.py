"""The box's own programs under supervisord: which they are, what they need on disk, and starting and watching them."""
