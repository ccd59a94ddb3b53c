"""Songs from the cloud: fetched beside everything else, behind everything else, and put among the box's music."""
