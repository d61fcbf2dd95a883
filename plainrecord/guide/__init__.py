"""Local pages that lead a person from nothing to a sealed bundle, one step a page. Loopback only; nothing is sent anywhere."""
