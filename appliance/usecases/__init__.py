"""What people can do, one async function each. They take `Ports`, decide by `domain.rules`, and write once."""
