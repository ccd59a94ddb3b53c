"""DJs and their keys in the store."""
