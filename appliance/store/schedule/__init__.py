"""Plans in the store: slots, bookings, stars, and how sets end."""
