"""One market for land, labour, capital, technology, data, computing and environmental rights."""
