"""pygls as it comes, doing what Foredraft's edge does: to show the defects that the edge is there for."""

import asyncio
import sys
from pathlib import Path

from lsp_jobs import JOBS
from lsprotocol import types as t
from pygls.lsp.server import LanguageServer

server = LanguageServer("stock", "1")


@server.feature(t.TEXT_DOCUMENT_INLINE_COMPLETION, t.InlineCompletionOptions())
async def inline(ls, params):
    if params.position.character == 7:
        raise ValueError("an error of the handler")
    await asyncio.sleep(0.3 if params.position.character == 9 else 0)
    return t.InlineCompletionList(items=[t.InlineCompletionItem(insert_text="x" * 2000)])


@server.thread()
@server.feature(t.TEXT_DOCUMENT_COMPLETION)
def completion(ls, params):
    document = ls.workspace.get_text_document(params.text_document.uri)
    JOBS[document.source](document.uri)


@server.feature("foredraft/document")
def document(ls, params):
    found = ls.workspace.get_text_document(params.uri)
    return {"text": found.source, "version": found.version}


@server.command("slow")
async def slow(ls, path: str = ""):
    await asyncio.sleep(0.5)
    if path:
        Path(path).write_text("ran to its end")


if __name__ == "__main__":
    sys.exit(server.start_io())
