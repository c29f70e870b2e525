"""A look at the sandbox for people: plain pages below `/sandbox`, to see what is there and to play a user."""
