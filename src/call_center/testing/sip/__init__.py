"""A SIP/RTP test agent and a private Asterisk: what proves the telephone side without a telephone."""
