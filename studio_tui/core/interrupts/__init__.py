"""Questions of a thread, prepared answers, resume commands."""
