"""A simulated bank: every deposit is money issued against the bank's account.

The bank's ``issued`` account mirrors the venue's client-money account: its balance is minus the
sum of all money the parties hold.
"""

ISSUER = "simulated-bank"
