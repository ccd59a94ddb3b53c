"""VirtualDJ: its history on every licence, its databases for tempo and key, Network Control where that is on."""
