"""Songs that organisations bring for their boxes: where the bytes stand, what is known of them, who has which."""
