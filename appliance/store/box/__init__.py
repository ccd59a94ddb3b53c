"""The box itself in the store: facts about it, phones' releases at the portal, the journal."""
