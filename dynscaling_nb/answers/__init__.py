"""From a text to an answer, from answers to votes, and from votes to how sure one may be."""
