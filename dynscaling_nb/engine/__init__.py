"""One run: its books, its limits, the loop that draws its responses, and its result."""
