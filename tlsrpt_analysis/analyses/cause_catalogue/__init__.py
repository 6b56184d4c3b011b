"""All that is known about each cause: title, checks, command, cure, and the words that tell it."""
