"""The PBX side of a call: announcements, tickets, what comes next, the Asterisk configuration."""
