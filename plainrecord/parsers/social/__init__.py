"""Downloads of social networks: the copy of their own account that a service gives a person."""
