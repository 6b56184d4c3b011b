"""All that is known about each cause, as one record: begin with `causes`; one file per family."""
