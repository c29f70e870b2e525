"""Speed claims, as ratios against a limit that is measured in the same run. `make bench` runs them all."""
