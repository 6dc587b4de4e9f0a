"""What was settled may be used: catalogue, agreement, usage policy and privacy budget."""
