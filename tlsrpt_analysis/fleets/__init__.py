"""Every domain of a store, group by group in bounded memory; the analyses themselves stand below."""
