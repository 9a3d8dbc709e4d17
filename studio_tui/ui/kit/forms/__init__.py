"""Fields and forms that show `domain.form` values.

Never decides what a field means.
"""
