"""What the captive portal needs of this machine: the kernel's neighbour table, and the mode in force."""
