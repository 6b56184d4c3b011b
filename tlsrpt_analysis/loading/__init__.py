"""Sources into tables: reading, in order and in parallel; batches; joining; frames."""
