"""Programs that set up, run, check and publish the book. Chapters never import them."""
