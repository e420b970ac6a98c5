"""The operations of the API, one module a subject; each module has one function that returns its router."""
