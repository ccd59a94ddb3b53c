"""Many boxes at once against a few processes of the cloud and one database: `./box bench fleet`."""
