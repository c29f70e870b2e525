"""The pure heart: what holdings mean for roles. No I/O, no clock, no framework."""
