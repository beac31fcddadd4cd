"""The one place for metric names. No phone, call id or ticket is ever a label."""
