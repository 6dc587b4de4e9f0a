"""The five kinds of rule item, one pure file each: given facts, a result or why there is none."""
