"""Time expressions of English news: where a text says when, and which days that means. Read `tagging` first."""
