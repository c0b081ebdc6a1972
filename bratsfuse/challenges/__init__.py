"""Challenges: what they are, the folders for them, and scoring inside a platform.

- `platform`: what a challenge is, and the form of a platform;
- `init`: a new folder for a challenge;
- `parts`: what the folders of several platforms have in common;
- `scoring`: what the programs in these folders call, where the platform runs them;
- `jobs`: the outputs of algorithms that a platform has run case by case.

The platforms themselves are files of `bratsfuse.platforms`.
"""
