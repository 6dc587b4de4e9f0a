"""A procedure is followed: stages, documents, deadlines and decisions, up to its command."""
