"""The names of what we have added to the protocol."""

STATUS = "foredraft/status"
"""Notification to clients that announce it, and a request: `{state, message, indexed?: {files, lines}}`."""
REFRESH = "foredraft/refresh"
"""Notification to clients that announce it: ask again, the answer will be a better one. Without parameters wherever the
cursor is; with `{textDocument: {uri, version}, position, id}` at that place, if that is still the document's version.
The text comes with the answer, as the suggestion `id`."""
DOCUMENT = "foredraft/document"
"""Request `{uri}`: `{text, version}` as we have it, or null."""

DID_SHOW_COMPLETION = "textDocument/didShowCompletion"
"""Notification `{item}`: the item is on the screen."""
DID_PARTIALLY_ACCEPT_COMPLETION = "textDocument/didPartiallyAcceptCompletion"
"""Notification `{item, acceptedLength}`: UTF-16 units from the start of its text."""

ACCEPTED = "foredraft.accepted"
"""Command `[id]`; every item carries it."""
REJECTED = "foredraft.rejected"
"""Command `[id]`."""
PARTLY_ACCEPTED = "foredraft.partlyAccepted"
"""Command `[id, length]`: UTF-16 units from the start of its text."""
