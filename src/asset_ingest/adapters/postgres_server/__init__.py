"""The PostgreSQL that the program brings along: found, given a cluster, started, and never left behind."""
