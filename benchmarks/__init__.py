"""The speed of the library beside its peers, on the same machine and in the same run."""
