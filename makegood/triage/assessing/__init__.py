"""The response assessment: a few questions, one after the other, that end in what we do about what somebody said."""
