"""Chat exports: one module for each kind of export, all turning messages into envelopes with exact positions."""
