"""One market for land, labour, capital, technology, data, computing power and environmental rights."""
