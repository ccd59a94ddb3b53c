"""Our messages before a push service that somebody else wrote (npm's web-push-testing), on demand."""
