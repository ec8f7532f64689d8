"""The edge to editors: the only room that knows the protocol."""
