"""Articles from the web: an address of a page, a feed or a sitemap -> articles."""
