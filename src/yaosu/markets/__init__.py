"""What is admitted is offered and priced: one market, one mechanism, many regions."""
