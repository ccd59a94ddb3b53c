"""The captive portal on a real box, asked as phones and laptops ask it."""
