"""The leaderboard: accepted reports, their ranking and its page.

A board is a folder with one file for each entry. `bratsfuse.leaderboard.admit` adds a
report to it or says why not, `bratsfuse.leaderboard.rank` orders its entries, and
`bratsfuse.leaderboard.render` writes its site. Nothing here reads an image.
"""
