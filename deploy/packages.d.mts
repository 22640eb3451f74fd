export interface System {
  readonly id: string;
  readonly codename: string;
}
export interface PackageRow {
  /** Alternatives: one of them is enough. */
  readonly names: readonly string[];
  readonly programs: readonly string[];
}
export const purposes: readonly string[];
export const services: Readonly<Record<string, string>>;
export function readSystem(osRelease: string): System;
export function packagesFor(
  purpose: string,
  system: System,
): {
  readonly rows: readonly PackageRow[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
};
