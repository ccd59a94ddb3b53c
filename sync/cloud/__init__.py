"""The receiver in the cloud: takes boxes' journals, says what a night was, tells phones. Its database is its state."""
