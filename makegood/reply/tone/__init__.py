"""The tone guard: what a draft says that it had better not, or had better say otherwise.

`checking.check` is pure: a `Draft` in, `Finding`s out. `looking` fetches what a draft is judged by, `settings` what the
workspace has chosen, `sent` what it has said before. The words are data, one file a language, in `cues/`.
"""
