"""Charts, widgets and the cell magic: views of results and events. No room below imports them."""
