"""The dialogue: understanding -> brain -> policy -> tools -> grounding -> speech, folded from the call's journal.

`AgentRuntime` is the `Conversation` of `core.ports`. Brains are stateless; rules are enforced around them, whichever
brain is talking. Every Ukrainian line lives in `agent.phrases`.
"""
