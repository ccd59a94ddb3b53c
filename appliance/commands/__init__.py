"""`./box`'s menu: one module per command, each with `main(arguments) -> exit status`."""
