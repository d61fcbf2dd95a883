"""Who is who: normal forms of accounts. Nothing here joins two accounts; only a person does."""
