"""The call's log of events, and the only state there is: everything else is a fold over it."""
