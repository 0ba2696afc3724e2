"""What is wired to what, noun by noun; nothing in here opens anything."""
