"""What a user would have instead of the library: each peer does the same work its own way."""
