"""Documents as the editor has them, and cells of notebooks: `foredraft/document` says what the edge believes."""

from conftest import place

URI = "file:///w/a.py"


def test_what_is_not_open_is_null(client):
    client.open(URI, "x\n")
    for params in (None, [], {}, {"uri": 5}, {"uri": "file:///w/never.py"}):
        assert client.call("foredraft/document", params)["result"] is None
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert client.document(URI) is None


def test_a_change_that_is_none_leaves_the_text_alone(client):
    client.open(URI, "x\n")
    here = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": "1"}}
    for changes in (None, [{}], [{"text": 5}], [{"text": "y", "range": here}], [{"text": "y", "range": 5}]):
        params = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": changes}
        client.notify("textDocument/didChange", params)
    client.notify("textDocument/didChange", {"textDocument": {"uri": URI, "version": "2"}, "contentChanges": []})
    client.notify("textDocument/didChange")
    assert client.document(URI) == {"text": "x\n", "version": 1} and not client.pop_ups()


def test_notebooks_are_asked_for_where_the_client_has_them(launch):
    assert "notebookDocumentSync" not in launch().start()["capabilities"]


def test_a_cell_gets_suggestions(shared):
    client = shared
    text = {"uri": "cell:/n#1", "languageId": "python", "version": 1, "text": "draft"}
    book = {"uri": "file:///n.ipynb", "notebookType": "jupyter-notebook", "version": 1}
    book["cells"] = [{"kind": 2, "document": "cell:/n#1"}]
    client.notify("notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": [text]})
    renamed = {"notebookDocument": {"uri": book["uri"], "version": 2}, "change": {"metadata": {"name": "n"}}}
    client.notify("notebookDocument/didChange", renamed)
    assert client.inline("cell:/n#1", 0, 5)["items"][0]["insertText"] == " done"
    answer = client.call("textDocument/completion", place("cell:/n#1", 0, 5))
    assert answer["result"]["items"][0]["textEdit"]["newText"] == "draft done"


def test_notebook_cells_change_as_documents(client):
    cells = [{"kind": 2, "document": f"cell:/n#{number}"} for number in range(3)]
    texts = [{"uri": cell["document"], "languageId": "python", "version": 1, "text": "a\n"} for cell in cells]
    book = {"uri": "file:///n.ipynb", "notebookType": "jupyter-notebook", "version": 1, "cells": cells[:2]}
    client.notify("notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": texts[:2]})
    change = {
        "structure": {
            "array": {"start": 1, "deleteCount": 1, "cells": [cells[2]]},
            "didOpen": [texts[2]],
            "didClose": [{"uri": cells[1]["document"]}],
        },
        "textContent": [{"document": {"uri": cells[0]["document"], "version": 2}, "changes": [{"text": "b\n"}]}],
    }
    new = {"uri": book["uri"], "version": 2}
    client.notify("notebookDocument/didChange", {"notebookDocument": new, "change": {"cells": change}})
    assert client.document(cells[0]["document"]) == {"text": "b\n", "version": 2}
    assert client.document(cells[1]["document"]) is None
    assert client.document(cells[2]["document"])["text"] == "a\n"
    closed = [{"uri": cells[0]["document"]}, {"uri": cells[2]["document"]}]
    client.notify("notebookDocument/didClose", {"notebookDocument": {"uri": book["uri"]}, "cellTextDocuments": closed})
    assert client.document(cells[0]["document"]) is None


def test_a_formatters_many_changes_apply_in_order(client):
    text = "".join(f"    é{number} = '😀'\r\n" if number % 3 else f"\tx{number}\n" for number in range(300))
    client.open(URI, text)
    changes = [(number, 0, number, 4 if number % 3 else 1, "  ") for number in reversed(range(300))]
    changes += [(1, 8, 1, 10, "face"), (3, 0, 5, 2, "one\ntwo\r\n"), (0, 0, 0, 0, "")]
    client.change(URI, 2, *changes)
    lines = [f"  é{number} = '😀'\r\n" if number % 3 else f"  x{number}\n" for number in range(300)]
    lines[1] = "  é1 = 'face'\r\n"
    lines[3:6] = ["one\n", "two\r\n", lines[5][2:]]
    assert client.document(URI) == {"text": "".join(lines), "version": 2}
    client.change(URI, 3, *[{"text": "none"}] * 20)
    assert client.document(URI) == {"text": "none", "version": 3}
