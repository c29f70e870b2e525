"""How contract wallets are asked: the bytes of EIP-1271 questions and EIP-6492 envelopes, and our own EVM code."""
