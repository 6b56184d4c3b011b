"""What people look at: charts, widgets and the page that is shared; nothing is computed here."""
