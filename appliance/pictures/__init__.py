"""Events' pictures: taken from strangers, drawn anew, and only then kept."""
