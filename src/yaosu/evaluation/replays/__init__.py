"""What a rule is worth: replays measured, compared and told, one or many side by side."""
