"""Proving that a member controls a wallet: challenge texts and signature checks."""
