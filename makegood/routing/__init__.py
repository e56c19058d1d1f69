"""Who gets what: rules that give work to members, with a reason for each."""
