"""What organisers, DJs and guests do with a plan, and what DJs say of a set's end and of what was heard before."""
