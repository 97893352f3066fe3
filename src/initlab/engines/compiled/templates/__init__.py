"""Parts of every kernel's text that do not depend on the network."""
