"""The words of the house: ids, numbers, time, columns, canonical bytes, compiled code, refusals."""
