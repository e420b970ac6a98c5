"""The REST API: the standardizer, the taxonomy and the edges over HTTP."""
