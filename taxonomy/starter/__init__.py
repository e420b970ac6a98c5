"""The starter taxonomy: hand-written data files that let Canonym run on something real with no other data."""
