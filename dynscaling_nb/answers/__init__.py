"""From a text to an answer, from answers to votes, and from votes to a posterior probability."""
