"""What ties a seal to something outside it: signatures in OpenSSH's form, and time stamps of RFC 3161.

Knows bytes, keys and certificates, and nothing of bundles. Only `authority.py` can reach a network, and only when called.
"""
