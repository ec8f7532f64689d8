// What of the editor's settings the server is told: only what restricts it, and only where the user set it.
import type * as vscode from "vscode";

const RESTRICTIONS = [
  "inline.enabled", "inline.soft_deadline_ms", "predictor.enabled", "predictor.threshold", "index.enabled", "index.packages",
  "index.standard_libraries", "privacy.deny", "privacy.tier", "budget.usd_per_day", "budget.tokens_per_day",
  "memory.enabled",
] as const;

type Tree = Record<string, Record<string, unknown>>;

export function restrictions(settings: vscode.WorkspaceConfiguration): Tree {
  const tree: Tree = {};
  for (const name of RESTRICTIONS) {
    const value = settings.get(name);
    const [section, key] = name.split(".") as [string, string];
    if (value !== null && value !== undefined) {
      tree[section] = { ...tree[section], [key]: value };
    }
  }
  return tree;
}
