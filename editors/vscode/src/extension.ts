// Foredraft in VS Code: starts the server, shows its suggestions as ghost text and its state in the status bar.
import * as vscode from "vscode";
import { type ClientCapabilities, LanguageClient, type StaticFeature, TransportKind } from "vscode-languageclient/node";
import { restrictions } from "./settings";
import { StatusBar } from "./status";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const bar = new StatusBar();
  context.subscriptions.push(
    bar,
    vscode.commands.registerCommand("foredraft.showOutput", () => client?.outputChannel.show()),
    vscode.commands.registerCommand("foredraft.restart", () => restart(bar)),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("foredraft.path")) {
        await restart(bar);
      }
    }),
  );
  await start(bar);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(bar: StatusBar): Promise<void> {
  await client?.stop();
  client = undefined;
  await start(bar);
}

async function start(bar: StatusBar): Promise<void> {
  const command = vscode.workspace.getConfiguration("foredraft").get("path", "") || "foredraft";
  const made = new LanguageClient(
    "foredraft",
    "Foredraft",
    { command, args: ["--stdio"], transport: TransportKind.stdio },
    {
      documentSelector: [{ scheme: "file" }, { scheme: "untitled" }, { notebook: "*" }],
      middleware: {
        workspace: {
          // the server asks for our section; it gets what restricts it and nothing else (never a path)
          configuration: (params) => params.items.map(() => restrictions(vscode.workspace.getConfiguration("foredraft"))),
        },
      },
    },
  );
  made.registerFeature(new OurAdditions());
  made.onNotification("foredraft/status", (status) => bar.show(status));
  made.onNotification("foredraft/refresh", askAgain);
  client = made;
  try {
    await made.start();
  } catch {
    bar.missing(command);
    const choice = await vscode.window.showErrorMessage(
      `Foredraft's server could not be started: ${command}. Install it, or say where it is.`,
      "Open Settings",
    );
    if (choice) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "foredraft.path");
    }
  }
}

/** Announces what this client understands beyond the protocol. */
class OurAdditions implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...capabilities.experimental, foredraft: { status: true, refresh: true } };
  }

  initialize(): void {}

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {}
}

/** The server knows more now: ask for the place where the cursor is. */
async function askAgain(): Promise<void> {
  if (vscode.window.activeTextEditor && vscode.window.state.focused) {
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  }
}
