"""Drafts: what an office types becomes commands, checked as one types and shown in plain words."""
