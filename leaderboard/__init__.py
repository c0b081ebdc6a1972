"""The leaderboard: accepted reports, their ranking and its page."""
