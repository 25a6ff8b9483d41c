"""Mail: what a message is, how its words are set, how it leaves the house."""
