"""The store: reports read once, kept as Parquet files by month, and opened in a moment.

What may enter: files of the store and the lock; reports are read by `loading`.
"""

from tlsrpt_analysis.store.directory import Added, Store, open_store

__all__ = ["Added", "Store", "open_store"]
