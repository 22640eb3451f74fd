/** The text of a file or a table, or a few words why there is none. */
export type Content = { readonly text: string } | { readonly problem: string };

/** What the import asks of the machine. */
export interface ImportPorts {
  /** A file, by its absolute path. */
  readonly readFile: (path: string) => Content;
  /** The entries of a table, `KEY VALUE` a line, as `postmap -s TYPE:PATH` prints them. */
  readonly dumpTable: (type: string, path: string) => Content;
}
