"""What is admitted is offered and priced."""
