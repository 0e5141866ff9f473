"""Where responses come from: one small protocol, and the models that follow it."""
