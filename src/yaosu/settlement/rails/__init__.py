"""Rails: how money reaches the venue and leaves it; one pure file each."""

from yaosu.settlement.rails import simulated_bank

RAILS = {"simulated_bank": simulated_bank.ISSUER}
