"""Views on results and events for notebooks: charts and the cell magic. Nothing outside knows
them.
"""
