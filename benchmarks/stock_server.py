"""pygls as it comes, with a trivial handler: what the server's own figures are measured against."""

from lsprotocol import types as t
from pygls.lsp.server import LanguageServer

server = LanguageServer("stock", "1")


@server.feature(t.TEXT_DOCUMENT_INLINE_COMPLETION, t.InlineCompletionOptions())
async def inline(params: t.InlineCompletionParams) -> t.InlineCompletionList:
    at = t.Range(params.position, params.position)
    command = t.Command(title="Accepted", command="stock.accepted", arguments=["1"])
    return t.InlineCompletionList(items=[t.InlineCompletionItem(insert_text="text", range=at, command=command)])


if __name__ == "__main__":
    server.start_io()
