"""What DJs have played: read only, from what other topics keep."""
