"""The program that carries the box's journal to the cloud, and says there now and then what is on."""
