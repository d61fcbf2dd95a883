"""What can be done with a bundle after it was sealed: hand it over, sign it, stamp it, prove one message of it.

Nothing here writes into a bundle. What is done is written to the log kept after sealing, beside it (docs/custody.md).
"""
