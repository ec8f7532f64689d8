// The server's state as a word in the status bar.
import * as vscode from "vscode";

interface Status {
  state: "starting" | "indexing" | "ready" | "degraded";
  message: string;
  indexed?: { files: number; lines: number };
}

const ICONS: Record<Status["state"], string> = {
  starting: "$(loading~spin)",
  indexing: "$(loading~spin)",
  ready: "$(edit)",
  degraded: "$(warning)",
};

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("foredraft", vscode.StatusBarAlignment.Right);

  constructor() {
    this.item.name = "Foredraft";
    this.item.command = "foredraft.showOutput";
    this.show({ state: "starting", message: "starting" });
    this.item.show();
  }

  show(status: Status): void {
    const known = status.indexed ? `\n${status.indexed.files} files, ${status.indexed.lines} lines` : "";
    this.item.text = `${ICONS[status.state]} Foredraft`;
    this.item.tooltip = `${status.message}${known}`;
  }

  missing(command: string): void {
    this.item.text = "$(warning) Foredraft";
    this.item.tooltip = `${command} could not be started`;
  }

  dispose(): void {
    this.item.dispose();
  }
}
