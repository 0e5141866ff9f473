"""The paper's second idea: a bandit that allocates the budget over the queries."""
